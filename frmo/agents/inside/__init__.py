"""What runs inside an agent's sandbox: standard library only, so that a fresh process starts in milliseconds."""
