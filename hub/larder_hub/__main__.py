"""`python -m larder_hub` is `larder hub`."""

import argparse
import sys

from larder_hub.cli import add_parser, run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="larder")
    add_parser(parser.add_subparsers())
    sys.exit(run(parser.parse_args(["hub", *sys.argv[1:]])))
