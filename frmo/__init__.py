"""frmo: agents over a git repository, every step a commit, every lesson a measured merge."""

__version__ = "0.1.0"
