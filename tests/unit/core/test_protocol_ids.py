"""Every requirement of PROTOCOL.md that is in force is cited by a test, as its id in square brackets."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
PROTOCOL = (REPOSITORY / "core" / "larder_core" / "PROTOCOL.md").read_text("utf-8")
REQUIREMENT = re.compile(r"\*\*\[([A-Z0-9-]+)\]\*\*( \*\(next\)\*)?")
CITATION = re.compile(r"\[(W-[A-Z]+|[ACDHR][0-9]+)\]")


def in_force(text: str) -> set[str]:
    return {name for name, next_version in REQUIREMENT.findall(text) if not next_version}


def stated(text: str) -> list[str]:
    return [name for name, _ in REQUIREMENT.findall(text)]


def cited(folder: Path) -> set[str]:
    return {name for path in folder.rglob("*.py") for name in CITATION.findall(path.read_text("utf-8"))}


def test_the_search_finds_requirements_and_leaves_out_what_comes_next() -> None:
    text = "- **[W-ONE]** One.\n- **[A2]** Two, as [W-THREE] says.\n- **[R3]** *(next)* Three.\n"
    assert (in_force(text), stated(text)) == ({"W-ONE", "A2"}, ["W-ONE", "A2", "R3"])


def test_the_search_finds_citations_in_any_folder(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "test_some.py").write_text('"""[A1], [W-TWO], [C1]"""\n[X9]  # [H10]\n', "utf-8")
    assert cited(tmp_path) == {"A1", "C1", "W-TWO", "H10"}


def test_no_requirement_is_stated_twice() -> None:
    assert len(stated(PROTOCOL)) == len(set(stated(PROTOCOL))) > 40


def test_every_requirement_in_force_is_cited_by_a_test() -> None:
    missing = in_force(PROTOCOL) - cited(REPOSITORY / "tests")
    assert not missing, f"cite them as [ID] in the docstring of the test that proves them: {sorted(missing)}"


def test_no_test_cites_a_requirement_that_is_not_there() -> None:
    # W-ONE and the like are the examples above
    unknown = cited(REPOSITORY / "tests") - set(stated(PROTOCOL)) - {"W-ONE", "W-TWO", "W-THREE"}
    assert not unknown, f"cited, but not in PROTOCOL.md: {sorted(unknown)}"
