"""The house's rules that a machine can check."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = ("agent", "cli", "core", "firmware_sim", "hub")
PROGRAM_FILES = sorted(path for folder in SOURCES for path in (REPOSITORY / folder).rglob("*.py"))
TEST_FILES = sorted((REPOSITORY / "tests").rglob("*.py"))

# file: why it may sleep. Everything else waits on a condition, a queue or an event, with a deadline.
MAY_SLEEP: dict[str, str] = {}

# file: (how many handlers, the task whose boundary it is and what counts there). A handler that raises again is no swallowing.
MAY_CATCH_ALL: dict[str, tuple[int, str]] = {
    "agent/larder_agent/tasks.py": (1, "a thread's outermost frame: logs, counts, and stops the agent"),
    "hub/larder_hub/tasks.py": (1, "a thread's outermost frame: logs, counts, and stops the hub"),
}


def relative(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def sleeps(tree: ast.Module) -> Iterator[int]:
    """Lines with ``time.sleep(...)``, or a ``sleep`` that was imported from ``time``."""
    bare = any(
        isinstance(node, ast.ImportFrom) and node.module == "time" and any(name.name == "sleep" for name in node.names)
        for node in ast.walk(tree)
    )
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="time"), attr="sleep")):
                yield node.lineno
            case ast.Call(func=ast.Name(id="sleep")) if bare:
                yield node.lineno


def catches_all(tree: ast.Module) -> Iterator[int]:
    """Lines of handlers for everything that do not end by raising again."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        names = {kind.id if isinstance(kind, ast.Name) else None for kind in kinds}
        if node.type is not None and not names & {"Exception", "BaseException"}:
            continue
        if not isinstance(node.body[-1], ast.Raise):
            yield node.lineno


def lines(path: Path, find: object) -> list[int]:
    assert callable(find)
    return list(find(ast.parse(path.read_text("utf-8"), str(path))))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import time\ntime.sleep(1)", [2]),
        ("from time import sleep\nsleep(1)", [2]),
        ("import asyncio\nasyncio.sleep(1)", []),
        ("def sleep(): ...\nsleep()", []),
    ],
)
def test_the_search_for_sleeps_sees_one(source: str, found: list[int]) -> None:
    assert list(sleeps(ast.parse(source))) == found


@pytest.mark.parametrize(
    ("handler", "found"),
    [
        ("except Exception: pass", True),
        ("except: pass", True),
        ("except (OSError, BaseException) as e: print(e)", True),
        ("except OSError: pass", False),
        ("except BaseException:\n  undo()\n  raise", False),
    ],
)
def test_the_search_for_broad_handlers_sees_one(handler: str, found: bool) -> None:
    assert bool(list(catches_all(ast.parse(f"try: x()\n{handler}")))) is found


def test_nobody_sleeps() -> None:
    found = {relative(path): at for path in [*PROGRAM_FILES, *TEST_FILES] if (at := lines(path, sleeps))}
    assert found.keys() == MAY_SLEEP.keys(), f"sleeping: {found}"


def test_only_a_tasks_boundary_catches_everything() -> None:
    found = {relative(path): at for path in PROGRAM_FILES if (at := lines(path, catches_all))}
    allowed = {name: count for name, (count, _) in MAY_CATCH_ALL.items()}
    assert {name: len(at) for name, at in found.items()} == allowed, f"catching everything: {found}"


def test_imports_point_inward() -> None:
    lint_imports = Path(sys.executable).parent / "lint-imports"
    path = os.pathsep.join(str(REPOSITORY / folder) for folder in SOURCES)
    done = subprocess.run(
        [lint_imports, "--no-cache"],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Contracts: [1-9]\d* kept, 0 broken", done.stdout), done.stdout


def test_the_lock_names_no_index_and_no_path_of_a_machine() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text("utf-8")
    pins = [line for line in lock.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    assert len(pins) > 20
    assert all(re.match(r"[a-z0-9._-]+==\S+( ;.*)? \\$", line) for line in pins), "every line is one exact version"
    assert not re.search(r"index-url|find-links|file:|://|@|\s/", lock)


def test_every_pin_of_the_lock_has_a_hash() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text("utf-8")
    blocks = re.split(r"(?m)^(?=[a-z0-9])", lock)[1:]
    without = [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block]
    assert not without
    assert "hatchling" in {block.split("==")[0] for block in blocks}, "installed without build isolation"
