"""Drivers are found as installed packages declare them: these tests install one, as a third party would."""

from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from larder_agent.drivers.loading import drivers, open_driver
from larder_agent.drivers.port import SettingsError
from larder_agent.drivers.secret_files import FileSecrets


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    monkeypatch.syspath_prepend(tmp_path)

    def write(package: str, declared: str, code: str = "") -> None:
        folder = tmp_path / f"{package}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[larder.drivers]\n{declared}\n")
        (tmp_path / f"{package.replace('-', '_')}.py").write_text(code)
        assert any(one.value in declared for one in entry_points(group="larder.drivers"))

    return write


def opened(name: str, tmp_path: Path) -> object:
    return open_driver(name, {}, FileSecrets({}, tmp_path))


def test_a_driver_of_a_third_party_is_found_and_opened(install: object, tmp_path: Path) -> None:
    install(
        "acme-probe",
        "acme = acme_probe:open_driver",  # type: ignore[operator]
        "def open_driver(settings, secrets): return ('opened', dict(settings))",
    )
    assert "acme" in drivers()
    assert opened("acme", tmp_path) == ("opened", {})


def test_an_unknown_driver_is_refused_with_the_known_names(install: object, tmp_path: Path) -> None:
    install("acme-probe", "acme = acme_probe:open_driver")  # type: ignore[operator]
    with pytest.raises(SettingsError, match=r"there is no driver acne \(did you mean acme\? installed: .*acme"):
        opened("acne", tmp_path)


def test_nothing_is_imported_until_a_driver_is_opened(install: object, tmp_path: Path) -> None:
    install("broken-probe", "broken = broken_probe:open_driver", "import a_package_that_is_not_there")  # type: ignore[operator]
    assert "broken" in drivers()
    with pytest.raises(SettingsError, match="broken cannot be loaded from broken_probe:open_driver"):
        opened("broken", tmp_path)


def test_one_name_for_two_drivers_is_refused(install: object) -> None:
    install("acme-probe", "acme = acme_probe:open_driver")  # type: ignore[operator]
    install("other-probe", "acme = other_probe:open_driver")  # type: ignore[operator]
    with pytest.raises(SettingsError, match="acme is both"):
        drivers()
