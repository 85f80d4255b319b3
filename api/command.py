"""The entry point `sparewise`: the commands of planning, and soon the door over HTTP."""

from planning.cli.app import run


def main() -> None:
    """Run the command line."""
    run()


if __name__ == "__main__":
    main()
