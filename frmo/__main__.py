"""`python -m frmo`: the same as the `frmo` command."""

from frmo.cli.main import main

if __name__ == "__main__":
    main()
