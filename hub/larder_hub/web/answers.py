"""The ports' values as the API's shapes."""

import json
from collections.abc import Sequence
from itertools import groupby

from larder_hub.directives.book import Order, Wish
from larder_hub.register.directory import Directory
from larder_hub.series.port import Value
from larder_hub.web.figures import decimal_text
from larder_hub.web.models import (
    ActModel,
    AlarmDetailModel,
    AlarmModel,
    AttemptModel,
    CalibrationModel,
    CameraModel,
    CommandModel,
    ConfigModel,
    NoticeModel,
    PlaceModel,
    PointModel,
    ReadingModel,
    SiteModel,
)
from larder_hub.web.now import PlaceNow, PointNow
from larder_hub.web.ports import AlarmView, NoticeView
from larder_hub.web.words import STATE


def sites(places: Sequence[PlaceNow]) -> list[SiteModel]:
    """Sites of the register that have a place, in its order."""
    return [
        SiteModel(
            id=site.id, county=site.county, kind=site.kind, name_zh=site.name_zh, name_en=site.name_en,
            places=[_place(place) for place in group],
        )
        for site, group in groupby(places, key=lambda place: place.site)
    ]  # fmt: skip


def _place(now: PlaceNow) -> PlaceModel:
    place = now.place
    return PlaceModel(
        id=place.id, name_zh=place.name_zh, name_en=place.name_en, points=[_point(one) for one in now.points]
    )


def _point(now: PointNow) -> PointModel:
    point, last = now.point, now.last
    good = (
        None
        if last is None or last.last_good_value is None
        else decimal_text(last.last_good_value, last.last_good_scale)
    )
    value = None if last is None or last.value is None else decimal_text(last.value, last.scale)
    return PointModel(
        device=point.device, id=point.id, quantity=point.quantity, unit=last.unit if last else point.unit,
        value=value, number=None if value is None else float(value), quality=last.quality if last else "",
        at_ms=last.at_ms if last else None, age_ms=now.age_ms,
        last_good_value=good, last_good_at_ms=last.last_good_at_ms if last else None,
        state=now.state, state_zh=STATE[now.state].zh, state_en=STATE[now.state].en, in_service=now.in_service,
        period_s=point.period_s, profile=point.profile, calibration=_calibration(now),
    )  # fmt: skip


def _calibration(now: PointNow) -> CalibrationModel | None:
    point = now.point
    if not point.certificate:
        return None
    corrected = None if now.corrected is None else f"{now.corrected:f}"
    return CalibrationModel(offset=point.offset, certificate=point.certificate, until=point.certificate_until,
                            judged=point.judge_corrected, corrected=corrected)  # fmt: skip


def config(wish: Wish) -> ConfigModel:
    return ConfigModel.model_validate(
        {"device": wish.device, "wanted": wish.version, "applied": wish.applied, "standing": wish.standing, "refused": wish.refused,
         "refused_version": wish.refused_version, "issued_ms": wish.issued_ms, "told_ms": wish.told_ms}
    )  # fmt: skip


def command(order: Order) -> CommandModel:
    fields = order._asdict()
    fields.pop("payload")
    told = {"args": json.loads(order.args), "found": json.loads(order.found), "picture": bool(order.picture)}
    return CommandModel.model_validate(fields | told)


def cameras(places: Sequence[PlaceNow]) -> list[CameraModel]:
    return [
        CameraModel(
            device=now.point.device, point=now.point.id, site=place.site.id,
            site_name_zh=place.site.name_zh, site_name_en=place.site.name_en,
            place_name_zh=place.place.name_zh, place_name_en=place.place.name_en,
            answering=now.answering, reason=now.last.quality if now.last else "",
            state=now.state, state_zh=STATE[now.state].zh, state_en=STATE[now.state].en,
            at_ms=now.last.at_ms if now.last else None, age_ms=now.age_ms, in_service=now.in_service,
        )
        for place in places
        for now in place.points
        if now.point.quantity == "camera"
    ]  # fmt: skip


def names(directory: Directory, view: AlarmView) -> tuple[str, str, str, str]:
    """(site zh, site en, place zh, place en) of an alarm; ids where the register does not know them."""
    site = directory.sites.get(view.site)
    point = directory.points.get((view.device, view.point))
    place = directory.place_of(point) if point else None
    spot = view.point or view.device
    return (
        site.name_zh if site else view.site, site.name_en if site else view.site,
        place.name_zh if place else spot, place.name_en if place else spot,
    )  # fmt: skip


def alarm(directory: Directory, view: AlarmView) -> AlarmModel:
    return AlarmModel.model_validate(_alarm_fields(directory, view))


def alarm_detail(
    directory: Directory, view: AlarmView, notices: Sequence[NoticeView], kinetic: float | None = None
) -> AlarmDetailModel:
    told = [notice(one) for one in notices if one.alarm == view.id]
    return AlarmDetailModel.model_validate(_alarm_fields(directory, view) | {"notices": told, "mean_kinetic": kinetic})


def _alarm_fields(directory: Directory, view: AlarmView) -> dict[str, object]:
    site_zh, site_en, place_zh, place_en = names(directory, view)
    named = {"site_name_zh": site_zh, "site_name_en": site_en, "place_name_zh": place_zh, "place_name_en": place_en}
    return {**vars(view), **named, "acts": [ActModel.model_validate(act._asdict()) for act in view.acts]}


def notice(view: NoticeView) -> NoticeModel:
    attempts = [AttemptModel.model_validate(one._asdict()) for one in view.attempts]
    return NoticeModel.model_validate(vars(view) | {"attempts": attempts})


def reading(value: Value) -> ReadingModel:
    text = None if value.value is None else decimal_text(value.value, value.scale)
    return ReadingModel(at_ms=value.at_ms, value=text, number=None if text is None else float(text), unit=value.unit,
                        quality=value.quality, position=value.position, told_ms=value.told_ms, error_ms=value.error_ms)  # fmt: skip
