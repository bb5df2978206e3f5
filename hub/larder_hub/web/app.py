"""build_web(services): the map of the web."""

from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from larder_hub.web import api, errors, phone, pulse
from larder_hub.web.figures import Language
from larder_hub.web.guard import SECURITY_HEADERS, BodyLimit, KnownHosts, SecurityHeaders
from larder_hub.web.page import Glance, status_page
from larder_hub.web.services import Services

STYLE = Path(__file__).with_name("style.css")
NOTICES_READ = 200

_DESCRIPTION = """\
What the hub knows: values with their age and state, alarms and who was told, and the account of every entry.

* Instants are milliseconds since 1970 UTC. A value is given exactly as text and approximately as a number.
* Silence is never "normal": every value stands beside its age, its quality and its state.
* Every error is `{error, hint}`. Nothing but an acknowledgement changes anything.
"""


def build_web(services: Services) -> FastAPI:
    """The ASGI application over these services. Reads its style sheet; opens nothing else."""
    app = FastAPI(
        title="Larder hub",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    app.include_router(api.router)
    app.include_router(api.metrics_router)
    app.include_router(pulse.router)
    app.include_router(phone.router)
    _add_page(app, services)
    errors.install(app, SECURITY_HEADERS)
    # The last one added is the first one asked.
    app.add_middleware(BodyLimit)
    app.add_middleware(KnownHosts, allowed=services.allowed_hosts)
    app.add_middleware(SecurityHeaders)
    return app


def _add_page(app: FastAPI, services: Services) -> None:
    style = STYLE.read_text(encoding="utf-8")

    @app.get("/", include_in_schema=False)
    async def page(request: Request) -> HTMLResponse:
        now_ms = services.now_ms()
        glance = Glance(
            now_ms=now_ms,
            time_scale=services.time_scale,
            directory=services.directory(),
            places=api.places_of(services, now_ms),
            alarms=tuple(services.alarms.open()),
            notices=tuple(services.alarms.notices(NOTICES_READ)),
            account=services.account(),
            ailments=tuple(services.ailments()),
            wishes=tuple(services.wishes()),
            shelves=tuple(services.shelves.listed(now_ms)) if services.shelves is not None else (),
        )
        language: Language = "en" if request.query_params.get("lang") == "en" else "zh"
        return HTMLResponse(status_page(glance, language))

    @app.get("/style.css", include_in_schema=False)
    async def style_sheet() -> Response:
        return Response(style, media_type="text/css")
