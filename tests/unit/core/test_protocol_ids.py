"""Every requirement of PROTOCOL.md is cited by a test, and every citation is of a requirement that exists."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
PROTOCOL = REPOSITORY / "core" / "larder_core" / "PROTOCOL.md"
REQUIREMENTS = re.findall(r"\*\*\[([A-Z0-9-]+)\]\*\*", PROTOCOL.read_text("utf-8"))
TESTS = [path for path in (REPOSITORY / "tests").rglob("*.py") if path != Path(__file__)]
CITED = {found for path in TESTS for found in re.findall(r"\[((?:W-[A-Z]+|[AHR]\d+))\]", path.read_text("utf-8"))}


def test_ids_are_unique_and_plentiful() -> None:
    assert len(REQUIREMENTS) == len(set(REQUIREMENTS)) >= 40


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_test_cites_it(requirement: str) -> None:
    assert requirement in CITED, f"no test cites [{requirement}]: write one that fails when it is broken"


def test_nothing_is_cited_that_the_protocol_does_not_have() -> None:
    assert not CITED - set(REQUIREMENTS)
