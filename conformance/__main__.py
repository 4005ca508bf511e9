"""Lets the command be run as `python -m conformance`."""

from conformance.commands.cli import main

if __name__ == "__main__":
    main()
