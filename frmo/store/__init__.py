"""Where facts live: one module per folder of a workspace, the only place that knows paths."""
