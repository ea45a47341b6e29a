"""Programs that judge: each module is one validator with one function."""
