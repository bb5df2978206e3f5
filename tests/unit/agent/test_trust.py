"""Dates of certificates, judged only by a clock that was set. The real handshake in 1970 is row 19 of tests/chaos."""

import logging
from pathlib import Path

import pytest

from larder_agent.clock import LARDER_BEGAN_MS, HandClock
from larder_agent.failures import ConfigError
from larder_agent.trust import NO_CHECK_TIME, Trust

SYSTEM = Path("/etc/ssl/certs/ca-certificates.crt")


def test_dates_are_judged_as_soon_as_the_clock_is_set(caplog: pytest.LogCaptureFixture) -> None:
    clock = HandClock(wall=60_000, told=("unset", None))
    trust = Trust(SYSTEM, clock).load(Path("agent.toml"))
    with caplog.at_level(logging.WARNING):
        context = trust.context()
        assert context.verify_flags & NO_CHECK_TIME
        assert context.check_hostname, "name and authority are judged as ever"
        assert context.verify_mode.name == "CERT_REQUIRED"
        trust.context()
        clock.wall = LARDER_BEGAN_MS
        assert not trust.context().verify_flags & NO_CHECK_TIME
        clock.wall = 60_000
        assert trust.context().verify_flags & NO_CHECK_TIME
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "the clock was never set",
        "the clock is set",
        "the clock was never set",
    ], "said when it changes"


def test_an_authority_that_cannot_be_read_names_the_key(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("no certificate")
    with pytest.raises(ConfigError, match=r"agent\.toml: broker\.ca_file: .*ca\.crt"):
        Trust(tmp_path / "ca.crt", HandClock()).load(tmp_path / "agent.toml")
