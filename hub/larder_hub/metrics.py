"""Every counter and gauge of the hub, declared in one place. Each drop, refusal and retry has one."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """The metrics of one hub, on a registry of its own, so that several hubs can live in one test process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.payloads = self._counter("payloads", "Payloads taken from the broker", ["channel"])
        self.entries = self._counter("entries", "Entry lines by what became of them", ["outcome"])
        self.refused = self._counter("refused", "Payloads, lines and statements refused", ["reason"])
        self.readings = self._counter("readings", "Readings committed to the ledger")
        self.receipts = self._counter("receipts", "Receipts published")
        self.receipts_failed = self._counter("receipts_failed", "Receipts the broker connection did not take")
        self.forks = self._counter("forks", "Streams frozen because two signed statements disagree")
        self.births = self._counter(
            "births",
            "Connections a device has made; many in an hour: a bad line, or two clients of one name",
            ["device"],
        )
        self.reconnects = self._counter("broker_reconnects", "Connections made to the broker")
        self.connected = self._gauge("broker_connected", "1 while the broker has accepted the hub, else 0")
        self.disconnects = self._counter("broker_disconnects", "Connections to the broker lost or refused", ["reason"])
        self.unsubscribed = self._counter("broker_subscriptions_refused", "Subscriptions that the broker refused")
        self.commit_seconds = Histogram("larder_commit_seconds", "Duration of a ledger commit", registry=self.registry)
        self.queue_bytes = self._gauge("intake_queue_bytes", "Bytes taken from the broker and not yet committed")
        self.position = self._gauge("projection_position", "Ledger position of a projection", ["projection"])
        self.lag = self._gauge("projection_lag", "Ledger rows a projection is behind", ["projection"])
        self.ledger_head = self._gauge("ledger_head", "Last position of the ledger")
        self.unread = self._counter(
            "projection_unread", "Ledger rows a projection could not use", ["projection", "reason"]
        )
        self.ahead = self._counter("alarms_ahead", "Ledger rows judged before their turn, past a backlog")
        self.alarms = self._counter("alarm_transitions", "Alarm transitions", ["kind", "transition"])
        self.alarms_open = self._gauge("alarms_open", "Open alarms", ["severity"])
        self.notices = self._counter("notices", "Notices by outcome", ["outcome"])
        self.chats = self._counter(
            "chats", "Notices on further ways, by conversation and outcome", ["channel", "outcome"]
        )
        self.replies = self._counter("replies", "Replies by SMS, by what was done about them", ["verdict"])
        self.provider_down = self._gauge(
            "provider_down", "1 while what sends messages does not, by its failures", ["provider"]
        )
        self.notice_retries = self._counter("notice_retries", "Notices tried again")
        self.task_failures = self._counter("task_failures", "Tasks whose failure stopped the hub", ["task"])
        where = ["county", "site", "device"]
        self.account_stored = self._gauge("account_stored", "Entry numbers held", where)
        self.account_awaited = self._gauge("account_awaited", "Entry numbers announced and not here yet", where)
        self.account_lost = self._gauge("account_declared_lost", "Entry numbers declared lost", [*where, "reason"])
        self.account_refused = self._gauge("account_refused", "Entries held whose content was refused", where)
        self.account_unexplained = self._gauge("account_unexplained", "Entry numbers that nothing explains", where)
        self.account_unproven = self._gauge("account_unproven", "Entry numbers that hashes do not reach", where)
        self.account_evidence = self._gauge("account_evidence", "Bodies kept as evidence of a fork", where)
        self.account_complete = self._gauge(
            "account_completeness_ratio", "Readings here of those due in the last day; absent where none was due", where
        )
        self.account_devices = self._gauge("account_devices", "Devices by how they stand", ["county", "state"])
        self.wal_bytes = self._gauge("wal_bytes", "Bytes in the write-ahead log of the ledger")
        self.ingest_age = self._gauge("ingest_turn_age_seconds", "Seconds since the ingest thread last came round")
        self.flooded = self._counter("flooded", "Payloads put down because their device had too many waiting")
        self.poison = self._counter("poison", "Payloads set aside unread because the hub died over them")
        self.rivals = self._counter("rival_hubs", "Other hubs with this key heard on the broker", ["verdict"])
        self.disk_free = self._gauge("disk_free_bytes", "Bytes free on the fuller of the hub's two disks")
        self.configs = self._counter("configs", "Configurations of devices issued because the register has changed")
        self.configs_refused = self._counter("configs_refused", "Configurations that devices refused", ["reason"])
        self.commands = self._counter("commands", "Commands sent to devices", ["name"])
        self.answers = self._counter(
            "command_answers", "What devices said of commands, by reply and by event", ["outcome"]
        )
        self.untaken = self._counter("untaken", "Entry payloads left with their agents because the hub's disk is full")
        self.quarantine_excess = self._counter(
            "quarantine_excess", "Payloads that prove nothing beyond what is kept of a device in a day", ["kept"]
        )

        self.sealed = self._counter("series_days_sealed", "Days of a series that were packed")
        self.influx_up = self._gauge("influx_up", "1 while the series server takes points, else 0")
        self.influx_points = self._counter("influx_points", "Points that the series server has taken")
        self.influx_failures = self._counter("influx_failures", "Attempts at which it took nothing")
        self.influx_waiting = self._gauge("influx_waiting", "Lines of states that wait for the series server")
        self.influx_aside = self._gauge("influx_set_aside", "Points that it will never take")
        self.influx_dropped = self._counter("influx_dropped", "Lines of states that had to go because too many waited")
        self.influx_stale = self._counter("influx_stale", "Spans that stand at an old time because it deletes nothing")

    def _counter(self, name: str, text: str, labels: list[str] | None = None) -> Counter:
        return Counter(f"larder_{name}", text, labels or [], registry=self.registry)

    def _gauge(self, name: str, text: str, labels: list[str] | None = None) -> Gauge:
        return Gauge(f"larder_{name}", text, labels or [], registry=self.registry)
