"""`python -m larder_agent`: the agent without the `larder` command."""

import argparse
import sys

from larder_agent.cli import add_commands, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m larder_agent")
    add_commands(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
