"""`larder hub sms status` says a limit before it is hit."""

from pathlib import Path

from larder_hub.alarms.schema import open_alarms, transaction
from larder_hub.config import HubConfig, NotifyConfig, SmsConfig, TencentConfig
from larder_hub.notices.standing import standing

NOW = 1_795_305_600_000


def test_a_provider_that_is_down_missing_templates_and_a_number_near_its_limit_are_shown(tmp_path: Path) -> None:
    tencent = TencentConfig(secret_id="x", secret_key_file=tmp_path / "key", sdk_app_id="1", templates={"worse": "1"})
    sms = SmsConfig(driver="tencent", backups=("file",), tencent=tencent)
    notify = {name: NotifyConfig(url_file=tmp_path / "url") for name in ("duty", "idle")}
    connection = open_alarms(tmp_path / "alarms.db")
    with transaction(connection):
        connection.execute(
            "INSERT INTO notice(id, reference, alarm, kind, severity, person, phone, language, place, text, created_ms) "
            "VALUES (1, 'r', 'a', 'raise', 'alarm', 'cook', '+8613800138001', 'zh', '', 'text', ?)", (NOW,)
        )  # fmt: skip
        connection.execute("INSERT INTO attempt VALUES (1, 1, 'tencent', ?, 'delivered', '', ?)", (NOW, NOW))
        connection.execute(
            "INSERT INTO chat VALUES (1, 'duty', 'sent', 1, 0, ?, ''), (2, 'duty', 'failed', 5, 0, ?, 'HTTP 403')",
            (NOW, NOW),
        )
        connection.execute("INSERT INTO provider VALUES ('tencent', 3, ?, ?, ?)", (NOW, NOW, NOW))
    connection.close()
    said = "\n".join(standing(HubConfig(data_dir=tmp_path, sms=sms, notify=notify), NOW + 1))
    assert "notify.duty  24h: failed 1  sent 1  ! HTTP 403" in said and "notify.idle  24h: 0" in said
    assert "tencent  腾讯云短信 / Tencent Cloud: 不通 / down" in said and "连续失败 3 次" in said
    assert "file  文件 / files: 可用 / usable" in said
    assert "raise.warm" in said and " worse" not in said
    assert "每号每日 / a number and day: 2，留给严重 / kept for critical 1" in said
    assert (
        "138****8001: tencent 一日内 1 条，上限 2 / in a day, limit 2，只发严重 / only critical now" in said
        and "13800138001" not in said
    )


def test_before_the_first_start_there_is_only_what_each_can(tmp_path: Path) -> None:
    said = standing(HubConfig(data_dir=tmp_path))
    assert said[0] == "file  文件 / files: 可用 / usable" and not (tmp_path / "alarms.db").exists()
