"""Settings: typed, bounded, nothing unknown; every complaint names the key and says what to write."""

from pathlib import Path
from typing import Any

import pytest

from larder_agent.drivers.port import SettingsError
from larder_agent.drivers.secret_files import FileSecrets
from larder_agent.drivers.settings import SettingsReader, refuse_twins


def complaint(settings: dict[str, Any], take: Any) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        take(SettingsReader(settings))
    return caught.value


@pytest.mark.parametrize(
    "settings, take, problem",
    [
        ({}, lambda reader: reader.text("host"), "host: is missing (a text of one line)"),
        ({"host": 7}, lambda reader: reader.text("host"), "host: is a number, not a text (a text of one line)"),
        ({"host": "a\nb"}, lambda reader: reader.text("host"), r"host: 'a\nb' does not fit (a text of one line)"),
        (
            {"port": True},
            lambda reader: reader.integer("port", 1, 9),
            "port: is a yes or no, not a whole number (a whole number from 1 to 9)",
        ),
        (
            {"port": 10},
            lambda reader: reader.integer("port", 1, 9),
            "port: 10 is out of bounds (a whole number from 1 to 9)",
        ),
        (
            {"port": 2.0},
            lambda reader: reader.integer("port", 1, 9),
            "port: is a number, not a whole number (a whole number from 1 to 9)",
        ),
        (
            {"t": float("nan")},
            lambda reader: reader.number("t", 0, 1),
            "t: nan is out of bounds (a number from 0 to 1)",
        ),
        ({"t": "1"}, lambda reader: reader.number("t", 0, 1), "t: is a text, not a number (a number from 0 to 1)"),
        ({"on": 1}, lambda reader: reader.flag("on", False), "on: is a number, not a yes or no (true or false)"),
        (
            {"kind": "coil"},
            lambda reader: reader.choice("kind", ("holding", "input")),
            "kind: 'coil' is not known here (one of holding, input)",
        ),
        (
            {"allow": "10.0.0.0/8"},
            lambda reader: reader.texts("allow"),
            'allow: is not a list of texts (for example ["192.168.7.0/24"])',
        ),
        (
            {"point": []},
            lambda reader: reader.tables("point"),
            "point: is not a list of tables (write at least one [[point]] table)",
        ),
        (
            {"id": "Fridge 2"},
            lambda reader: reader.identifier(),
            "id: 'Fridge 2' does not fit (1 to 32 of a-z, 0-9 and -, as fridge-2)",
        ),
    ],
)
def test_a_wrong_setting_is_refused_by_its_key_with_a_hint(settings: dict[str, Any], take: Any, problem: str) -> None:
    assert str(complaint(settings, take)) == problem


def test_what_is_there_is_taken_and_what_is_not_has_its_default() -> None:
    reader = SettingsReader({"host": "gateway", "port": 1502, "wait": 2, "on": True, "allow": ["10.0.0.0/8"]})
    assert reader.text("host") == "gateway"
    assert reader.integer("port", 1, 65535, 502) == 1502
    assert reader.number("wait", 0, 9, 1.0) == 2.0
    assert reader.flag("on", False) is True
    assert reader.texts("allow") == ("10.0.0.0/8",)
    assert reader.integer("retries", 0, 9, 3) == 3
    assert reader.choice("kind", ("holding", "input"), "holding") == "holding"
    reader.finish()


def test_an_unknown_key_is_refused_with_the_nearest_known_one() -> None:
    def take(reader: SettingsReader) -> None:
        reader.number("timeout_s", 0, 9, 1.0)
        reader.integer("port", 1, 9, 1)
        reader.finish()

    assert str(complaint({"timeout": 2}, take)) == "timeout: is not a setting (did you mean timeout_s?)"
    assert str(complaint({"qqq": 2}, take)) == "qqq: is not a setting (known here: port, timeout_s)"


def test_a_key_in_a_table_is_named_with_its_table() -> None:
    def take(reader: SettingsReader) -> None:
        for table in reader.tables("point"):
            table.identifier()
        reader.finish()

    error = complaint({"point": [{"id": "a"}, {"id": "b", "ident": 1}]}, take)
    assert error.key == "point[2].ident"


def test_two_points_of_one_name_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"point\[3\].id: a is there twice"):
        refuse_twins(["a", "b", "a"])


def test_a_secret_is_the_one_line_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "cam.password").write_text("Circle Of Life\n")
    assert FileSecrets({"password_file": "cam.password"}, tmp_path).read("password") == "Circle Of Life"


@pytest.mark.parametrize(
    "content, problem",
    [
        (None, "No such file"),
        (b"", "one line"),
        (b"\n", "one line"),
        (b"first\nsecond\n", "one line"),
        (b"x" * 5000, "one line"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_secret_that_cannot_be_read_is_named_but_not_shown(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    if content is not None:
        (tmp_path / "cam.password").write_bytes(content)
    with pytest.raises(SettingsError, match=problem) as caught:
        FileSecrets({"password_file": "cam.password"}, tmp_path).read("password")
    assert caught.value.key == "password_file"
    assert "cam.password" in str(caught.value)
    assert "second" not in str(caught.value)
