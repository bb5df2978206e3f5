"""The ``larder`` command: one program imported, the others only named."""

import subprocess
import sys

import pytest

from larder_cli.main import chosen, main
from larder_cli.programs import PROGRAMS, Program


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["hub"], "hub"),
        (["agent", "hub"], "agent"),
        (["-h", "sim"], "sim"),
        ([], None),
        (["--help"], None),
        (["nonsense"], None),
    ],
)
def test_the_first_word_chooses(words: list[str], name: str | None) -> None:
    program = chosen(words)
    assert (program.name if program else None) == name


def test_help_names_every_program_in_chinese_and_english_and_imports_none() -> None:
    code = "import sys\nfrom larder_cli.main import main\ntry: main(['--help'])\nfinally: print(*sorted(sys.modules))"
    done = python(code)
    for program in PROGRAMS:
        assert program.line in done.stdout
    loaded = done.stdout.splitlines()[-1].split()
    assert "larder_cli.main" in loaded
    assert not [name for name in loaded if name.startswith(("larder_agent", "larder_hub", "larder_sim", "pydantic"))]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_each_program_has_help_with_an_example(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([program.name, "--help"])
    assert end.value.code == 0
    out = capsys.readouterr().out
    assert "example" in out
    assert f"larder {program.name}" in out


def test_without_a_program_the_help_is_shown_and_the_exit_code_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "larder agent --help" in capsys.readouterr().out


def test_an_unknown_program_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["nonsense"])
    assert end.value.code == 2
    assert "nonsense" in capsys.readouterr().err


def test_a_missing_extra_is_named() -> None:
    done = python(
        "import sys\nsys.modules['pydantic'] = None\nfrom larder_cli.main import main\nsys.exit(main(['broker', '--help']))"
    )
    assert done.returncode == 2
    assert "pydantic" in done.stderr
    assert "pip install 'larder[demo]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_terminal_without_chinese_gets_no_traceback() -> None:
    code = "import sys; sys.argv = ['larder', '--help']; from larder_cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env={"PYTHONIOENCODING": "latin-1", "PYTHONPATH": ":".join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    assert b"the hub: ledger, alarms, API" in done.stdout
