"""A file of cases: YAML in which every value is text, typed by `shapes`; every mistake is named with file, line, key and a hint.

YAML's own guessing is left out on purpose: it would take `1:30` for ninety and `no` for a yes-or-no.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import ValidationError

from larder_hub.alarms.trial.shapes import CaseTable, FileTable

Step = int | str
Path_ = tuple[Step, ...]
EXAMPLE = "see deploy/alarm-tests/fridge-food.yaml"


class CaseError(ValueError):
    """What is wrong, in which file, line and key, and what to do."""

    def __init__(self, file: Path, line: int, key: str, problem: str, hint: str = "") -> None:
        said, _, own = problem.partition("; hint: ")
        hint = own or hint
        super().__init__(
            f"{file}:{line}: {key + ': ' if key else ''}{said}" + (f" (提示 / hint: {hint})" if hint else "")
        )


class _Text(yaml.BaseLoader):  # type: ignore[misc]  # PyYAML ships without types
    """Text, lists and tables, nothing else."""


class Case(NamedTuple):
    """A case and where it stands: `lines` of every key and member of the file, `path` the case's own."""

    table: CaseTable
    file: Path
    path: Path_
    lines: Mapping[Path_, int]

    @property
    def line(self) -> int:
        return self.lines[self.path]

    def wrong(self, key: Path_, problem: str, hint: str = "") -> CaseError:
        """For what is wrong with the case beyond its form."""
        path = (*self.path, *key)
        return CaseError(self.file, _line(path, self.lines), _key(path), problem, hint)


def read_yaml(file: Path) -> tuple[object, Mapping[Path_, int]]:
    """The document, every value of it text, and the line of each key. Raises CaseError."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(file, 0, "", f"cannot be read: {error}", "give the path of a file in UTF-8") from error
    return _loaded(file, text)


def read_cases(file: Path) -> tuple[Case, ...]:
    """Raises CaseError."""
    document, lines = read_yaml(file)
    try:
        table = FileTable.model_validate(document)
    except ValidationError as error:
        raise located(file, error, lines) from error
    return tuple(Case(case.within(table), file, ("tests", place), lines) for place, case in enumerate(table.tests))


def _loaded(file: Path, text: str) -> tuple[object, dict[Path_, int]]:
    loader = _Text(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise CaseError(file, 1, "", "is empty", EXAMPLE)
        lines = dict(_lines(file, node, ()))
        return loader.construct_document(node), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 1 if mark is None else mark.line + 1
        raise CaseError(file, line, "", f"is not YAML: {getattr(error, 'problem', error)}", EXAMPLE) from error
    except RecursionError as error:
        raise CaseError(file, 1, "", "is nested without end", EXAMPLE) from error
    finally:
        loader.dispose()


def _lines(file: Path, node: yaml.Node, path: Path_) -> Iterator[tuple[Path_, int]]:
    """The line of every key and every member of a list."""
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for place, one in enumerate(node.value):
            yield from _lines(file, one, (*path, place))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen or not isinstance(key, yaml.ScalarNode):
                raise CaseError(
                    file, line, _key((*path, str(key.value))), "stands there twice, or is no word", "keep one"
                )
            seen.add(key.value)
            yield from _lines(file, value, (*path, key.value))
            yield (*path, key.value), line


def located(file: Path, error: ValidationError, lines: Mapping[Path_, int], example: str = EXAMPLE) -> CaseError:
    """The first mistake, but of several readings of a choice the one that got furthest into the file."""
    found = [
        (_path(one["loc"], lines), one["type"], one["msg"])
        for one in error.errors(include_url=False, include_input=False)
    ]
    path, kind, message = max(found, key=lambda one: (len(one[0]), one[1] == "value_error"))
    said = {"extra_forbidden": "is not a key here", "missing": "is missing"}.get(kind, message)
    return CaseError(file, _line(path, lines), _key(path), said.removeprefix("Value error, "), example)


def _path(loc: tuple[Step, ...], lines: Mapping[Path_, int]) -> Path_:
    """Where a mistake lies in the file: pydantic also names the choices it tried, which stand in no file."""
    path: Path_ = ()
    for step in loc:
        if (*path, step) in lines:
            path = (*path, step)
    last = loc[-1]
    return (*path, last) if isinstance(last, str) and path[-1:] != (last,) and last.isidentifier() else path


def _line(path: Path_, lines: Mapping[Path_, int]) -> int:
    while path not in lines:
        path = path[:-1]
    return lines[path]


def _key(path: Path_) -> str:
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
