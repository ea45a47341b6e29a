"""Learning: from errors to patterns, insights, candidates, trials and verdicts; it is handed a function that runs a task."""
