"""Does Larder itself work, and where does it wait? Every metric of the hub is drawn here."""

from larder_grafana.frame import Board
from larder_grafana.house import House, Panel, Query
from larder_grafana.words import Text, Tongue

GROUPS: tuple[tuple[Text, str], ...] = (
    (Text("收进来", "Taken in"), "payloads|entries|readings|receipts|receipts_failed|untaken|births"),
    (
        Text("拒绝与搁置", "Refused and set aside"),
        "refused|forks|flooded|poison|quarantine_excess|rival_hubs|projection_unread",
    ),
    (
        Text("投影与账本", "Projections and ledger"),
        "projection_position|projection_lag|series_|ledger_head|commit_seconds|wal_bytes|disk_free_bytes",
    ),
    (Text("连接与线程", "Connection and threads"), "broker|intake_queue_bytes|ingest_turn_age_seconds|task_failures"),
    (
        Text("报警与短信", "Alarms and messages"),
        "alarm|notice|sms|provider|repl|chat|pulse|watch|drill|roster|route|act|shel",
    ),
    (Text("账", "The account"), "account"),
    (Text("曲线服务器", "The series server"), "influx"),
    (Text("配置与命令", "Configurations and commands"), "configs|configs_refused|commands|command_answers"),
)
"""Which metrics share a panel: the beginning of the name after `larder_`."""


def make(tongue: Tongue) -> Board:
    house = House(tongue)
    return Board(
        "pipeline",
        Text("中心与流水线", "Hub and pipeline"),
        Text("系统自己好吗？卡在哪里？", "Does the hub itself work, and where does it wait?"),
        [_panel(house, title, names) for title, names in GROUPS],
    )


def _panel(house: House, title: Text, names: str) -> Panel:
    query = (
        f'SELECT last("value") FROM "hub_metric" WHERE $timeFilter AND "name" =~ /^larder_({names})/ '
        "GROUP BY time($__interval), * fill(none)"
    )
    return house.lines(title, Text("中心 /metrics 的各项", "as the hub's /metrics tell"), Query(query), unit="none")
