"""The door to git: pygit2 for the hot path, GitPython for the rest."""
