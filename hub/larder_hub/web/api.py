"""The routes under /api/v1, and /metrics. Each asks the ports and answers in the shapes of `models`."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from larder_core.sizes import MAX_INT
from larder_hub.accounting.report import EVERYTHING, Scope
from larder_hub.web import answers, answers_account, models
from larder_hub.web.errors import ApiError
from larder_hub.web.guard import OnlyJson, Operator
from larder_hub.web.medicine import medicine_kinetic
from larder_hub.web.models_account import AccountModel
from larder_hub.web.now import PlaceNow, places_now
from larder_hub.web.ports import UNKNOWN_ALARM, UNKNOWN_SHELF, AlarmView, Refusal, ShelfView, Shelves, Wish
from larder_hub.web.services import Services

MAX_LISTED = 1_000
MAX_SERIES = 5_000
NOTICES_SEARCHED = 1_000
DAY_MS = 86_400_000

Instant = Annotated[int, Query(ge=0, le=MAX_INT, description="ms since 1970 UTC")]
Listed = Annotated[int, Query(ge=1, le=MAX_LISTED, description="at most so many")]
Id = Annotated[str, Path(max_length=64)]
Key = Annotated[str, Query(max_length=64, description="only this one; empty: all")]

ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": models.ErrorModel, "description": "What was wrong with the request, and what to do"},
    503: {"model": models.ErrorModel, "description": "The hub cannot read one of its databases"},
}
router = APIRouter(prefix="/api/v1", responses=ERRORS)
metrics_router = APIRouter()


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def places_of(services: Services, now_ms: int) -> tuple[PlaceNow, ...]:
    silence = services.silence.scaled(services.time_scale)
    return places_now(services.directory(), services.series.last(), silence, now_ms)


@router.get("/now", tags=["now"], summary="Every place and its last values")
async def now(request: Request) -> models.NowModel:
    """Sites, their places and points, each with its last value, its age, and whether data comes as the register says it should.
    A point that is silent or bad is listed with the reason; it is never left out and never shown as normal."""
    services = services_of(request)
    now_ms = services.now_ms()
    sites = answers.sites(places_of(services, now_ms))
    return models.NowModel(now_ms=now_ms, time_scale=services.time_scale, sites=sites)


@router.get("/cameras", tags=["now"], summary="Every camera and whether it answers")
async def cameras(request: Request) -> models.CamerasModel:
    """A camera answers its probe, does not, or is not known: its device may be silent. No picture is taken or shown."""
    services = services_of(request)
    now_ms = services.now_ms()
    return models.CamerasModel(now_ms=now_ms, cameras=answers.cameras(places_of(services, now_ms)))


@router.get("/alarms", tags=["alarms"], summary="Alarms, open ones by default")
async def alarms(
    request: Request,
    state: Annotated[Literal["open", "all"], Query(description="open: whatever their age; all: the latest")] = "open",
    limit: Listed = 100,
) -> models.AlarmsModel:
    """Open alarms come worst first and are never cut off by a time window; `all` are the latest, newest first."""
    services = services_of(request)
    views = services.alarms.open() if state == "open" else services.alarms.recent(limit)
    directory = services.directory()
    return models.AlarmsModel(now_ms=services.now_ms(), alarms=[answers.alarm(directory, view) for view in views])


@router.get("/alarms/{id}", tags=["alarms"], summary="One alarm, what was done about it and who was told")
async def alarm(request: Request, id: Id) -> models.AlarmDetailModel:
    """To look at an alarm is not to acknowledge it: this changes nothing."""
    services = services_of(request)
    view = services.alarms.get(id)
    if view is None:
        raise _no_alarm()
    return _detail(services, view)


def _detail(services: Services, view: AlarmView) -> models.AlarmDetailModel:
    notices = services.alarms.notices(NOTICES_SEARCHED)
    return answers.alarm_detail(services.directory(), view, notices, medicine_kinetic(services, view))


@router.post("/alarms/{id}/ack", tags=["alarms"], summary="Acknowledge an alarm")
async def acknowledge(
    request: Request, id: Id, body: models.AckModel, _json: OnlyJson, _operator: Operator
) -> models.AlarmDetailModel:
    """Says that a person has seen it. Needs `Authorization: Bearer` where the hub has an operator token. 409 where the alarm is
    already beyond that."""
    services = services_of(request)
    done = services.alarms.acknowledge(id, body.actor, body.note, services.now_ms())
    if isinstance(done, Refusal):
        if done.reason == UNKNOWN_ALARM:
            raise _no_alarm()
        raise ApiError(409, done.reason, f"{done.hint_zh} / {done.hint_en}")
    return _detail(services, done.alarm)


@router.get("/alarms/{id}/members", tags=["alarms"], summary="What an alarm stands for")
async def members(request: Request, id: Id) -> models.AlarmsModel:
    """The list behind one message: the alarms that this one explains, and those of the storm that it leads."""
    services = services_of(request)
    if services.alarms.get(id) is None:
        raise _no_alarm()
    directory = services.directory()
    views = services.alarms.members(id)
    return models.AlarmsModel(now_ms=services.now_ms(), alarms=[answers.alarm(directory, view) for view in views])


@router.get("/shelves", tags=["alarms"], summary="What people put aside, with reason and end")
async def shelves(request: Request) -> models.ShelvesModel:
    """Now or later, the first to end first. What is put aside is raised and recorded all the same; nobody is told of it."""
    services = services_of(request)
    found = _shelves_of(services).listed(services.now_ms())
    return models.ShelvesModel(now_ms=services.now_ms(), shelves=[models.ShelfModel(**vars(one)) for one in found])


@router.post("/shelves", tags=["alarms"], summary="Put an alarm, or all that match, aside for a while")
async def shelve(request: Request, body: models.ShelveModel, _json: OnlyJson, _operator: Operator) -> models.ShelfModel:
    """At most 24 hours, never gas or vaccine, and nothing graver than it is now. Needs `Authorization: Bearer` where the hub has an
    operator token."""
    services = services_of(request)
    return _shelf(_shelves_of(services).shelve(Wish(**body.model_dump()), services.now_ms()))


@router.post("/shelves/{id}/end", tags=["alarms"], summary="Show again before the end")
async def unshelve(
    request: Request, id: Id, body: models.UnshelveModel, _json: OnlyJson, _operator: Operator
) -> models.ShelfModel:
    """What was not told is told then, if it still goes on."""
    services = services_of(request)
    return _shelf(_shelves_of(services).unshelve(id, body.actor, services.now_ms()))


def _shelves_of(services: Services) -> Shelves:
    if services.shelves is None:
        raise ApiError(404, "nothing can be put aside here", "ask the hub that keeps the alarms")
    return services.shelves


def _shelf(done: ShelfView | Refusal) -> models.ShelfModel:
    if isinstance(done, Refusal):
        unknown = done.reason in (UNKNOWN_ALARM, UNKNOWN_SHELF)
        raise ApiError(404 if unknown else 409, done.reason, f"{done.hint_zh} / {done.hint_en}")
    return models.ShelfModel(**vars(done))


@router.get("/notices", tags=["alarms"], summary="Messages to people, newest first")
async def notices(request: Request, limit: Listed = 100) -> models.NoticesModel:
    """Who was told what, and how far the message came. Phone numbers are masked."""
    services = services_of(request)
    views = services.alarms.notices(limit)
    return models.NoticesModel(now_ms=services.now_ms(), notices=[answers.notice(view) for view in views])


@router.get("/account", tags=["account"], summary="The gap account: is anything missing?")
async def account(
    request: Request,
    from_: Annotated[Instant | None, Query(alias="from")] = None,
    to: Instant | None = None,
    county: Key = "",
    site: Key = "",
    device: Key = "",
) -> AccountModel:
    """For every stream, device, site and county: due = stored + awaited + declared lost + unexplained, in entries; and of the readings
    that were due in `from` <= t < `to` (the last 24 hours where nothing is said), what became of each."""
    if from_ is not None and to is not None and from_ > to:
        raise ApiError(400, "from is after to", "both are ms since 1970 UTC, from <= to")
    scope = Scope(county, site, device)
    found = services_of(request).account(from_, to, scope)
    if scope != EVERYTHING and not found.devices:
        raise ApiError(
            404, "no device of that county, site and name", "GET /api/v1/account without them lists all devices"
        )
    return answers_account.account(found)


@router.get("/requests", tags=["account"], summary="What devices were asked to send again, and what came")
async def requests(request: Request) -> models.RequestsModel:
    """An inspection challenges a device for its own record (`larder hub request`); newest first."""
    services = services_of(request)
    told = [models.RequestModel(**one._asdict(), left=one.left) for one in reversed(services.requests())]
    return models.RequestsModel(now_ms=services.now_ms(), requests=told[:MAX_LISTED])


@router.get("/configs", tags=["devices"], summary="Configurations: wanted and applied")
async def configs(request: Request) -> models.ConfigsModel:
    """What the register wants each device to watch by, and the version that the device itself says it goes by."""
    services = services_of(request)
    return models.ConfigsModel(now_ms=services.now_ms(), configs=[answers.config(one) for one in services.wishes()])


@router.get("/commands", tags=["devices"], summary="Commands and what became of them, newest first")
async def commands(request: Request, limit: Listed = 100) -> models.CommandsModel:
    """Given by `larder hub command`, never here: who, why, what the device replied, and whether its own record says so too."""
    services = services_of(request)
    return models.CommandsModel(
        now_ms=services.now_ms(), commands=[answers.command(one) for one in services.orders(limit)]
    )


@router.get("/series/{device}/{point}", tags=["series"], summary="The readings of one point")
async def series(
    request: Request,
    device: Id,
    point: Id,
    from_: Annotated[Instant | None, Query(alias="from")] = None,
    to: Instant | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_SERIES)] = MAX_SERIES,
) -> models.SeriesModel:
    """`from` <= at_ms < `to`, oldest first; the last 24 hours where nothing is said. Bad and missing values are there, with their
    reason: a gap is never filled."""
    services = services_of(request)
    end = to if to is not None else min(services.now_ms() + 1, MAX_INT)
    begin = from_ if from_ is not None else max(0, end - DAY_MS)
    if begin > end:
        raise ApiError(400, "from is after to", "both are ms since 1970 UTC, from <= to")
    found = services.series.between(device, point, begin, end, limit + 1)
    if (
        not found
        and (device, point) not in services.directory().points
        and (device, point) not in services.series.last()
    ):
        raise ApiError(404, "there is no such point", "GET /api/v1/now lists the points")
    return models.SeriesModel(device=device, point=point, from_ms=begin, to_ms=end, complete=len(found) <= limit,
                              readings=[answers.reading(value) for value in found[:limit]])  # fmt: skip


@router.get("/health", tags=["hub"], summary="Is the hub well?",
            responses={503: {"model": models.HealthModel, "description": "The hub is not well, and why"}})  # fmt: skip
async def health(request: Request, response: Response) -> models.HealthModel:
    """200 while the hub does all that it should, 503 with the reasons otherwise. Says nothing about the food."""
    ailments = services_of(request).ailments()
    response.status_code = 503 if ailments else 200
    told = [models.AilmentModel.model_validate(one._asdict()) for one in ailments]
    return models.HealthModel(healthy=not ailments, ailments=told)


@metrics_router.get("/metrics", tags=["hub"], summary="Prometheus metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Every counter and gauge of the hub in Prometheus' text format."""
    return Response(generate_latest(services_of(request).metrics), media_type=CONTENT_TYPE_LATEST)


def _no_alarm() -> ApiError:
    return ApiError(404, "there is no such alarm", "GET /api/v1/alarms?state=all lists the latest")
