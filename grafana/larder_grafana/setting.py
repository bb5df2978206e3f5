"""What a Grafana is to hold, compared with what it holds: applied again, nothing changes. Pure but for the port `Grafana`."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, NamedTuple, Protocol

from larder_grafana.build import built
from larder_grafana.house import SOURCE, uid
from larder_grafana.words import TONGUES, Text, Tongue

Body = dict[str, Any]

FOLDERS = {"zh": "食品安全监测", "en": "Food safety"}
IGNORED = frozenset({"id", "version", "iteration", "gnetId"})
"""What Grafana adds to a board by itself."""

VIEW = 1


class Grafana(Protocol):
    """Grafana's HTTP API, paths without `/api`. Raises GrafanaRefused with what to do."""

    def get(self, path: str) -> Any:
        """The answer, None where there is no such thing."""

    def send(self, method: Literal["POST", "PUT", "PATCH"], path: str, body: Body) -> Any: ...


@dataclass(frozen=True)
class Source:
    """Where the boards read: InfluxDB's address as Grafana reaches it. `password` of InfluxDB 1, `token` of 2 and 3; never shown."""

    url: str
    database: str = "larder"
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    def body(self) -> Body:
        told: Body = {
            "uid": SOURCE.uid,
            "name": "Larder",
            "type": SOURCE.type_val,
            "access": "proxy",
            "url": self.url,
            "user": self.user,
            "jsonData": {"dbName": self.database, "httpMode": "POST", "version": "InfluxQL"},
        }
        if self.token:
            told["jsonData"] |= {"httpHeaderName1": "Authorization"}
        return told

    def secrets(self) -> dict[str, str]:
        return {"httpHeaderValue1": f"Token {self.token}"} if self.token else {"password": self.password}


@dataclass(frozen=True)
class Setting:
    """`teams` may look at the boards; `public` also shows the overview without signing in; `alerts_to` takes Grafana's own alerts."""

    source: Source
    tongues: Sequence[Tongue] = TONGUES
    teams: Sequence[str] = ()
    public: bool = False
    alerts_to: str = ""
    renew_secrets: bool = False


class Step(NamedTuple):
    """One thing that is not as it should be. `act` makes it so."""

    what: str
    change: Literal["create", "update"]
    act: Callable[[], Any]


def steps(setting: Setting, grafana: Grafana) -> Iterator[Step]:
    """What is to be done, in order; nothing where all is as it should be. Asking changes nothing."""
    yield from _source(setting, grafana)
    for tongue in setting.tongues:
        yield from _folder(tongue, grafana)
    for board in built():
        if board.tongue in setting.tongues:
            yield from _board(json.loads(board.text), board.tongue, grafana)
    for name in setting.teams:
        yield from _team(name, setting.tongues, grafana)
    if setting.public:
        for tongue in setting.tongues:
            yield from _public(uid("prefecture", tongue), grafana)
    if setting.alerts_to:
        yield from _contact(setting.alerts_to, grafana)


def _source(setting: Setting, grafana: Grafana) -> Iterator[Step]:
    wanted, secrets = setting.source.body(), setting.source.secrets()
    path = f"/datasources/uid/{SOURCE.uid}"
    found = grafana.get(path)
    body = wanted | {"secureJsonData": secrets}
    if found is None:
        yield Step("data source Larder", "create", lambda: grafana.send("POST", "/datasources", body))
    elif setting.renew_secrets or differs(found, wanted) or not _has_secrets(found, secrets):
        yield Step("data source Larder", "update", lambda: grafana.send("PUT", path, body))


def _has_secrets(found: Mapping[str, Any], secrets: Mapping[str, str]) -> bool:
    """A secret itself is never told; only whether there is one."""
    kept = found.get("secureJsonFields", {})
    return all(kept.get(name) for name, value in secrets.items() if value)


def _folder(tongue: Tongue, grafana: Grafana) -> Iterator[Step]:
    wanted = {"uid": f"larder-{tongue}", "title": FOLDERS[tongue]}
    found = grafana.get(f"/folders/larder-{tongue}")
    if found is None:
        yield Step(f"folder {FOLDERS[tongue]}", "create", lambda: grafana.send("POST", "/folders", wanted))
    elif differs(found, wanted):
        body = {"title": FOLDERS[tongue], "overwrite": True}
        path = f"/folders/larder-{tongue}"
        yield Step(f"folder {FOLDERS[tongue]}", "update", lambda: grafana.send("PUT", path, body))


def _board(wanted: Body, tongue: Tongue, grafana: Grafana) -> Iterator[Step]:
    found = grafana.get(f"/dashboards/uid/{wanted['uid']}")
    body = {"dashboard": wanted, "folderUid": f"larder-{tongue}", "overwrite": True, "message": "larder grafana apply"}
    what = f"board {wanted['title']} ({wanted['uid']})"
    if found is None:
        yield Step(what, "create", lambda: grafana.send("POST", "/dashboards/db", body))
    elif differs(found["dashboard"], wanted) or found.get("meta", {}).get("folderUid") != f"larder-{tongue}":
        yield Step(what, "update", lambda: grafana.send("POST", "/dashboards/db", body))


def _team(name: str, tongues: Sequence[Tongue], grafana: Grafana) -> Iterator[Step]:
    team = _team_id(name, grafana)
    if team is None:
        yield Step(f"team {name}", "create", lambda: _make_team(name, tongues, grafana))
        return
    for tongue in tongues:
        path = f"/folders/larder-{tongue}/permissions"
        held = grafana.get(path) or []
        if not any(one.get("teamId") == team and one.get("permission", 0) >= VIEW for one in held):
            yield Step(f"team {name} sees folder {FOLDERS[tongue]}", "update", partial(_let_see, path, team, grafana))


def _team_id(name: str, grafana: Grafana) -> int | None:
    found = grafana.get("/teams/search?perpage=1000") or {"teams": []}
    return next((int(one["id"]) for one in found["teams"] if one["name"] == name), None)


def _make_team(name: str, tongues: Sequence[Tongue], grafana: Grafana) -> None:
    team = int(grafana.send("POST", "/teams", {"name": name})["teamId"])
    for tongue in tongues:
        _let_see(f"/folders/larder-{tongue}/permissions", team, grafana)


def _let_see(path: str, team: int, grafana: Grafana) -> None:
    """Grafana takes the whole list, so what others gave is sent with it."""
    kept = [
        {key: one[key] for key in ("role", "teamId", "userId", "permission") if one.get(key)}
        for one in grafana.get(path) or []
        if one.get("teamId") != team and not one.get("inherited")
    ]
    grafana.send("POST", path, {"items": [*kept, {"teamId": team, "permission": VIEW}]})


def _public(board: str, grafana: Grafana) -> Iterator[Step]:
    path = f"/dashboards/uid/{board}/public-dashboards"
    wanted = {"isEnabled": True, "annotationsEnabled": False, "timeSelectionEnabled": False}
    found = grafana.get(path)
    if found is None:
        yield Step(f"public board {board}", "create", lambda: grafana.send("POST", path, wanted))
    elif differs(found, wanted):
        yield Step(f"public board {board}", "update", lambda: grafana.send("PATCH", f"{path}/{found['uid']}", wanted))


def _contact(url: str, grafana: Grafana) -> Iterator[Step]:
    path = "/v1/provisioning/contact-points"
    wanted = {"uid": "larder-hub", "name": "Larder", "type": "webhook", "settings": {"url": url, "httpMethod": "POST"}}
    found = next((one for one in grafana.get(path) or [] if one.get("uid") == "larder-hub"), None)
    if found is None:
        yield Step("contact point Larder", "create", lambda: grafana.send("POST", path, wanted))
    elif differs(found, wanted):
        yield Step("contact point Larder", "update", lambda: grafana.send("PUT", f"{path}/larder-hub", wanted))


def differs(found: Any, wanted: Any) -> bool:
    """True unless everything wanted is there; what Grafana has besides is its own affair, except in lists."""
    if isinstance(wanted, dict):
        return not isinstance(found, dict) or any(
            differs(found.get(key), value) for key, value in wanted.items() if key not in IGNORED
        )
    if isinstance(wanted, list):
        return not isinstance(found, list) or len(found) != len(wanted) or any(map(differs, found, wanted))
    return bool(found != wanted)


DONE = {"create": Text("新建", "create"), "update": Text("更新", "update")}
