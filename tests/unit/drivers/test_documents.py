"""Each driver's folder is whole: its sample opens, and its README names every setting and every quality word."""

import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import larder_agent.drivers
from larder_agent.drivers.loading import SHIPPED
from larder_agent.drivers.secret_files import FileSecrets

FOLDERS = sorted(path.parent for path in Path(larder_agent.drivers.__file__).parent.glob("*/driver.py"))


def keys(table: dict[str, Any]) -> set[str]:
    """`key` of the table itself, `point.key` of the tables in it."""
    found = set()
    for name, value in table.items():
        inner = value if isinstance(value, list) and value and isinstance(value[0], dict) else []
        found |= {f"{name}.{key}" for one in inner for key in one} if inner else {name}
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_sample_opens_and_the_readme_tells_of_all_its_keys(folder: Path, tmp_path: Path) -> None:
    settings = tomllib.loads((folder / "sample.toml").read_text())
    (tmp_path / "password").write_text("secret")
    filled = settings | ({"password_file": "password"} if "password_file" in settings else {})
    module = import_module(f"larder_agent.drivers.{folder.name}")
    driver = module.open_driver(filled, FileSecrets(filled, tmp_path))
    assert len(driver.points) >= 1
    readme = (folder / "README.md").read_text()
    assert [key for key in sorted(keys(settings)) if f"`{key}`" not in readme] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_readme_explains_every_word(folder: Path) -> None:
    module = import_module(f"larder_agent.drivers.{folder.name}.driver")
    words = module.QUALITIES if hasattr(module, "QUALITIES") else module.REASONS
    readme = (folder / "README.md").read_text()
    assert [word for word in words if f"| `{word}` |" not in readme] == []


def test_all_drivers_are_looked_at() -> None:
    assert [folder.name for folder in FOLDERS] == [name.replace("-", "_") for name in sorted(SHIPPED)]
