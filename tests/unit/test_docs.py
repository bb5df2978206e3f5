"""Every path, ``make`` target and ``larder`` sub-command that a document names exists."""

import argparse
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple, cast

import pytest

from larder_cli.main import ProgramModule, build_parser
from larder_cli.programs import PROGRAMS

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDERS = ("agent", "bench", "cli", "core", "deploy", "docs", "firmware_sim", "grafana", "hub", "scripts", "tests")

FENCE = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
MAKE = re.compile(r"(?:^|[\s;&|])make ((?:[a-z]+(?:-[a-z]+)* ?)+)(?![a-z:/-])")
LARDER = re.compile(r"(?:^|[\s;&|(]|/bin/)larder +([a-z][a-z-]*)(?: +([a-z][a-z-]*))?(?![\w:./-])")
PATH = re.compile(rf"(?<![\w./<~-])(?:\./)?((?:{'|'.join(FOLDERS)})/[\w.@<>*{{}}/-]*)")


class Document(NamedTuple):
    """A document, and its code: the spans and the fenced blocks, one text each."""

    path: Path
    text: str

    @property
    def code(self) -> list[str]:
        outside = FENCE.sub("\n", self.text)
        return [*FENCE.findall(self.text), *SPAN.findall(outside)]


def documents() -> list[Path]:
    found = [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")]
    for folder in FOLDERS:
        found += [path for path in (REPOSITORY / folder).rglob("*.md") if "cases" not in path.parts]
    return sorted({path for path in found if ".venv" not in path.parts})


@pytest.fixture(params=documents(), ids=lambda path: str(path.relative_to(REPOSITORY)))
def document(request: pytest.FixtureRequest) -> Document:
    return Document(request.param, request.param.read_text("utf-8"))


def targets() -> set[str]:
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))


@cache
def inner_commands(program: str) -> frozenset[str]:
    """The sub-commands of a sub-command; empty when it has none."""
    entry = next(each for each in PROGRAMS if each.name == program)
    module = cast(ProgramModule, importlib.import_module(entry.module))
    top = _choices(build_parser(entry, module))
    return frozenset(_choices(top[program]))


def _choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:  # argparse has no public way to ask
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def exists(named: str, beside: Path) -> bool:
    pattern = re.sub(r"<[^>]*>|\{[^}]*\}", "*", named).rstrip("/.")
    return any(next(root.glob(pattern), None) is not None for root in (REPOSITORY, beside))


def named_paths(document: Document) -> Iterator[str]:
    for code in document.code:
        yield from (match.rstrip(".,;:") for match in PATH.findall(code))


def test_documents_are_found() -> None:
    assert REPOSITORY / "docs" / "architecture.md" in documents()
    assert REPOSITORY / "deploy" / "mosquitto" / "README.md" in documents()


def test_named_paths_exist(document: Document) -> None:
    gone = sorted({named for named in named_paths(document) if not exists(named, document.path.parent)})
    assert not gone


def test_links_lead_somewhere(document: Document) -> None:
    local = [link for link in LINK.findall(FENCE.sub("", document.text)) if "://" not in link and ":" not in link]
    gone = [link for link in local if not (document.path.parent / link).exists()]
    assert not gone


def test_make_targets_exist(document: Document) -> None:
    named = {word for code in document.code for words in MAKE.findall(code) for word in words.split()}
    assert named <= targets()


def test_larder_commands_exist(document: Document) -> None:
    names = {program.name for program in PROGRAMS}
    wrong = []
    for code in document.code:
        for program, inner in LARDER.findall(code):
            known = inner_commands(program) if program in names else frozenset()
            if program not in names or (inner and known and inner not in known):
                wrong.append(f"larder {program} {inner}".strip())
    assert not wrong


@pytest.mark.parametrize("unit", sorted((REPOSITORY / "deploy/systemd").glob("*.service")), ids=lambda path: path.name)
def test_units_start_what_exists(unit: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(\S.*)$", unit.read_text("utf-8"), flags=re.MULTILINE)
    program, *words = line.split()
    if program.endswith("/python"):
        assert words[:2] == ["-m", "larder_agent"]
        program, words = "/larder", ["agent", *words[2:]]
    if not program.endswith("/larder"):
        assert program == "/usr/bin/gammu-smsd"
        return
    entry = next(each for each in PROGRAMS if each.name == words[0])
    module = cast(ProgramModule, importlib.import_module(entry.module))
    build_parser(entry, module).parse_args(words)
