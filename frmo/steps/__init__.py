"""The walk of a task: accept, analyze, plan, execute, validate, settle."""
