"""`python -m larder_agent`: the agent without the `larder` command."""

import sys

from larder_agent.cli import add_commands, run, run_plainly


def main() -> int:
    if (code := run_plainly(sys.argv[1:])) is not None:
        return code
    import argparse

    parser = argparse.ArgumentParser(prog="python -m larder_agent")
    add_commands(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
