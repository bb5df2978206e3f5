"""`larder hub pair` and `unpair`, as an operator types them."""

import re
from pathlib import Path

import pytest

from larder_cli.main import main
from larder_hub.alarms.phones import SqlitePhones

REGISTER = Path(__file__).parents[4] / "deploy" / "register.example.toml"


def test_a_code_pairs_and_unpair_ends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "hub.toml"
    config.write_text('data_dir = "data"\n[web]\nlink = "https://hbsa.cn/a"\n')
    assert main(["hub", "register", "import", str(REGISTER), "--config", str(config)]) == 0
    assert main(["hub", "pair", "nobody", "--config", str(config)]) == 2
    assert main(["hub", "pair", "zhang-wei", "--config", str(config)]) == 0
    code = re.search(r"https://hbsa\.cn/a\?code=([A-Z2-9]{10})$", capsys.readouterr().out, re.M)
    assert code
    phones = SqlitePhones(tmp_path / "data" / "alarms.db")
    soon_ms = 1_000_000_000_000  # long before the code ends, whatever the clock says
    token = phones.redeem(code[1], soon_ms)
    assert token and phones.person_of(token, soon_ms) == "zhang-wei"
    assert main(["hub", "unpair", "zhang-wei", "--config", str(config)]) == 0
    assert phones.person_of(token, soon_ms) is None
