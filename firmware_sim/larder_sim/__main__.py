"""`python -m larder_sim`: the simulator without the rest of Larder."""

import argparse
import sys

from larder_sim import cli


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m larder_sim", description="simulated sensors and cameras")
    cli.add_arguments(parser)
    return cli.run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
