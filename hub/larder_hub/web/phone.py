"""/a, the one constant link: pairing, a person's own open alarms, and what he does about them.

To look changes nothing but that it was opened. A form carries a stamp made of the phone's token, the alarm and the number
of acts on it: no other site can make one, and one that was used does not fit any more.
"""

import hmac
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from larder_hub.register.directory import Directory
from larder_hub.web.errors import ApiError
from larder_hub.web.figures import Language
from larder_hub.web.guard import SECURITY_HEADERS
from larder_hub.web.page_phone import CURVES, HOURS_MS, Mine, PhoneGlance, pairing_page, phone_page
from larder_hub.web.ports import AlarmView, Phones, Refusal
from larder_hub.web.services import Services
from larder_hub.web.words_phone import DID, NOT_MINE

COOKIE = "larder_phone"
PAIRED_S = 180 * 86_400
MOST_VALUES = 2_000
STYLE = Path(__file__).with_name("phone.css").read_text(encoding="utf-8")
HEADERS = {
    "Content-Security-Policy": SECURITY_HEADERS["Content-Security-Policy"].replace(
        "form-action 'none'", "form-action 'self'"
    )
}

router = APIRouter(include_in_schema=False)


@router.get("/a.css")
async def style() -> Response:
    return Response(STYLE, media_type="text/css")


@router.get("/a")
async def page(request: Request) -> HTMLResponse:
    services, phones = _services(request)
    language = _language(request.query_params)
    now_ms, token = services.now_ms(), request.cookies.get(COOKIE, "")
    id, directory = phones.person_of(token, now_ms), services.directory()
    said = request.query_params.get("said", "")
    if id is None or id not in directory.people:
        code = request.query_params.get("code", "")[:16]
        return HTMLResponse(pairing_page(code, services.duty_phone, language, said), headers=HEADERS)
    alarms = own(services.alarms.open(), directory, id, phones.told(id))
    phones.opened(id, [alarm.id for alarm in alarms], now_ms)
    since_ms = now_ms - round(HOURS_MS / services.time_scale)
    mine = [
        Mine(
            alarm,
            services.series.between(alarm.device, alarm.point, since_ms, now_ms + 1, MOST_VALUES) if n < CURVES else (),
            stamp(token, alarm),
            phones.undoable(alarm.acts, id, now_ms),
        )
        for n, alarm in enumerate(alarms)
    ]
    glance = PhoneGlance(now_ms, services.time_scale, directory, directory.people[id], services.duty_phone, mine, said)
    return HTMLResponse(phone_page(glance, language), headers=HEADERS)


@router.post("/a/pair")
async def pair(request: Request) -> Response:
    services, phones = _services(request)
    form = await _form(request)
    token = phones.redeem(form.get("code", ""), services.now_ms())
    answer = _back(form, "" if token else "bad-code")
    if token:
        secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto", ""))
        answer.set_cookie(COOKIE, token, max_age=PAIRED_S, path="/a", httponly=True, samesite="lax", secure=secure)
    return answer


@router.post("/a/act")
async def act(request: Request) -> Response:
    """Signing twice is harmless: the second finds it done. Another person's alarm is refused."""
    services, phones = _services(request)
    form = await _form(request)
    now_ms, token = services.now_ms(), request.cookies.get(COOKIE, "")
    id, directory = phones.person_of(token, now_ms), services.directory()
    if id is None or id not in directory.people:
        return _back(form, "")
    view = services.alarms.get(form.get("alarm", ""))
    if view is None or not own([view], directory, id, phones.told(id)):
        raise ApiError(403, "this alarm is not yours", "ring duty: whoever is on duty for the site signs it")
    if not hmac.compare_digest(form.get("stamp", "").encode(), stamp(token, view).encode()):
        return _back(form, "gone")
    return _back(form, "" if _did(services, phones, view, id, form.get("act", "")) else "gone")


def _did(services: Services, phones: Phones, view: AlarmView, person: str, act: str) -> bool:
    """Whether it was taken. Raises ApiError for what is no act."""
    now_ms = services.now_ms()
    if act == "ack":
        return not isinstance(services.alarms.acknowledge(view.id, person, "phone", now_ms), Refusal)
    if act == "undo":
        return phones.undo(view.id, person, view.acts, now_ms) is None
    if act not in DID and act != NOT_MINE:
        raise ApiError(400, "there is no such act", "use the buttons of the page")
    phones.did(view.id, person, act, now_ms)
    return True


def own(alarms: Sequence[AlarmView], directory: Directory, person: str, told: frozenset[str]) -> list[AlarmView]:
    """Of these, in their order, the ones of which this person was to be told or for which he is on duty."""
    scopes = {(duty.level, duty.scope) for duty in directory.duties if duty.person == person}

    def on_duty(alarm: AlarmView) -> bool:
        site = directory.sites.get(alarm.site)
        county = "" if site is None else site.county
        return bool(scopes & {("site", alarm.site), ("county", county), ("prefecture", "")})

    return [alarm for alarm in alarms if alarm.id in told or on_duty(alarm)]


def stamp(token: str, alarm: AlarmView) -> str:
    """What a form about this alarm, as it stands now, must carry."""
    done = sum(act.actor != "hub" for act in alarm.acts)
    return hmac.new(token.encode(), f"{alarm.id}:{done}".encode(), "sha256").hexdigest()


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form of our own page. Raises ApiError where a browser says that another site sent it."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise ApiError(403, "another site has sent this", "open the link of the message yourself")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise ApiError(415, "the body must be a form", "use the buttons of the page")
    try:
        fields = parse_qs((await request.body()).decode("ascii"), max_num_fields=10)
    except ValueError as error:
        raise ApiError(400, "this form cannot be read", "use the buttons of the page") from error
    return {name: values[0] for name, values in fields.items()}


def _back(form: Mapping[str, str], said: str) -> RedirectResponse:
    told = f"&said={said}" if said else ""
    return RedirectResponse(f"/a?lang={_language(form)}{told}", 303, HEADERS)


def _language(fields: Mapping[str, str]) -> Language:
    return "en" if fields.get("lang") == "en" else "zh"


def _services(request: Request) -> tuple[Services, Phones]:
    services: Services = request.app.state.services
    if services.phones is None:
        raise ApiError(404, "there is no such page", "this hub pairs no phones")
    return services, services.phones
