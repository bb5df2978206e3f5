"""The ``larder`` command.

Only the chosen sub-command's module is imported; the others appear in ``larder --help`` by their line in the table of
programs. What is chosen is read from the command line before argparse sees it, which is safe because ``larder`` itself
takes no option with a value.
"""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from larder_cli.programs import PROGRAMS, Program

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

EPILOG = """\
例 / example:
  larder demo --for 120        演示两分钟 / watch the whole system for two minutes
  larder agent --help          子命令的帮助 / help of a sub-command
"""


class ProgramModule(Protocol):
    """What a program's module offers to the command."""

    def add_parser(self, subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


def chosen(argv: Sequence[str]) -> Program | None:
    """The program that the first word of the command line names, or None (no word, or an unknown one)."""
    word = next((arg for arg in argv if not arg.startswith("-")), None)
    return next((program for program in PROGRAMS if program.name == word), None)


def build_parser(program: Program | None, module: ProgramModule | None) -> argparse.ArgumentParser:
    """The parser: the chosen program's own arguments, one line of help for each of the others."""
    parser = argparse.ArgumentParser(
        prog="larder",
        description="食品安全监测：每个读数有编号、有签名、可对账 / "
        "food-safety telemetry: every reading numbered, signed and accounted for",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(title="子命令 / sub-commands", dest="program", metavar="<sub-command>")
    for each in PROGRAMS:
        if each is program and module is not None:
            module.add_parser(subparsers)
        else:
            subparsers.add_parser(each.name, help=each.line)
    return parser


def missing(program: Program, error: ModuleNotFoundError) -> int:
    """Say which extra a program needs; the exit code."""
    print(
        f"larder {program.name}: 缺少依赖 / not installed: {error.name}\n  安装 / to install it: {program.hint}",
        file=sys.stderr,
    )
    return EXIT_USAGE


def speak_any_locale() -> None:
    """A terminal that cannot show Chinese gets question marks instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one sub-command; the exit code (2: wrong usage or a missing extra; 130: Ctrl-C)."""
    speak_any_locale()
    words = list(sys.argv[1:] if argv is None else argv)
    program = chosen(words)
    try:
        module = cast(ProgramModule, importlib.import_module(program.module)) if program else None
        parser = build_parser(program, module)
        args = parser.parse_args(words)
        if module is None:
            parser.print_help()
            return EXIT_USAGE
        return module.run(args)
    except ModuleNotFoundError as error:
        if program is None or (error.name or "").startswith("larder_"):
            raise  # our own packages are always there: this is a bug, not an extra that was left out
        return missing(program, error)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has gone. Python would complain once more while flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
