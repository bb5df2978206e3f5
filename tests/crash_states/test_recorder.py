"""The recorder writes down what happened in order, or refuses to."""

import sys
from pathlib import Path

import pytest

from tests.crash_states.operations import (
    Data,
    Folder,
    Named,
    Operation,
    Removed,
    Renamed,
    Resize,
    Said,
    Sync,
    SyncFolder,
)
from tests.crash_states.recorder import NotRecorded, calls, record


def run(tmp_path: Path, program: str) -> list[Operation]:
    """`program` finds its folder as `root` and its marker file as `marker`."""
    root = tmp_path.resolve() / "root"
    root.mkdir(exist_ok=True)
    marker = root.with_name("said")
    head = f"import os, pathlib\nroot, marker = pathlib.Path({str(root)!r}), {str(marker)!r}\n"
    return record([sys.executable, "-I", "-c", head + program], root, marker, root.with_name("trace"))


def test_what_happened_stands_in_order(tmp_path: Path) -> None:
    done = run(tmp_path, """
(root / "f").mkdir()
said = os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
a = os.open(root / "f" / "a", os.O_RDWR | os.O_CREAT)
os.write(a, b"one\\xff"); os.pwrite(a, b"two", 9); os.write(a, b"!"); os.fsync(a)
os.write(said, b'{"did": "it"}\\n')
os.ftruncate(a, 2); os.lseek(a, 0, os.SEEK_END); os.write(a, b"z")
b = os.open(root / "f" / "a", os.O_WRONLY | os.O_APPEND | os.O_TRUNC); os.write(b, b"x"); os.write(b, b"y"); os.fdatasync(b)
os.rename(root / "f" / "a", root / "f" / "b")
folder = os.open(root / "f", os.O_RDONLY); os.fsync(folder)
os.unlink(root / "f" / "b")
""")  # fmt: skip
    assert done == [
        Folder("f"), Named("f/a", 0), Data(0, 0, b"one\xff"), Data(0, 9, b"two"), Data(0, 4, b"!"), Sync(0), Said({"did": "it"}),
        Resize(0, 2), Data(0, 2, b"z"), Resize(0, 0), Data(0, 0, b"x"), Data(0, 1, b"y"), Sync(0), Renamed("f/a", "f/b", 0),
        SyncFolder("f"), Removed("f/b"),
    ]  # fmt: skip


def test_what_happens_elsewhere_is_left_out(tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert run(tmp_path, f"open({str(other)!r}, 'w').write('x'); os.link({str(other)!r}, {str(other)!r} + '2')") == []


@pytest.mark.parametrize("program", [
    "(root / 'a').write_text('x'); os.truncate(root / 'a', 0)",
    "(root / 'a').write_text('x'); os.link(root / 'a', root / 'b')",
    "os.writev(os.open(root / 'a', os.O_WRONLY | os.O_CREAT), [b'x'])",
    "os.sync()",
    "(root / 'f').mkdir(); os.rename(root / 'f', root / 'g')",
])  # fmt: skip
def test_what_it_does_not_understand_is_refused(tmp_path: Path, program: str) -> None:
    with pytest.raises(NotRecorded):
        run(tmp_path, program)


def test_a_program_that_fails_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(NotRecorded, match="ended with 3"):
        run(tmp_path, "os._exit(3)")


def test_two_at_work_at_once_are_refused() -> None:
    with pytest.raises(NotRecorded, match="two at work"):
        list(calls(iter(['7 pwrite64(3, "\\x61", 1, 0 <unfinished ...>\n'])))
