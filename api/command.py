"""The entry point `sparewise`: the commands of planning, and soon the door over HTTP."""

import sys

from planning.cli.app import run


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run())


if __name__ == "__main__":
    main()
