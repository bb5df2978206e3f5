"""Readings whose clock was not set are moved when an anchor of their boot is there, before or after them. PROTOCOL.md [C2].

Inside the transaction of the series, over its writing connection. The entry's own time stays derivable: `at_ms - shift_ms`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import apsw

from larder_core.anchor import Anchor, Derived, Told, derive
from larder_hub.ledger.rows import LedgerRow
from larder_hub.register.directory import PointKey
from larder_hub.series.filling import words
from larder_hub.series.port import HOUR_MS, MAX_AHEAD_MS
from larder_hub.series.sealing import Sealing

_UNTRUSTED = """
SELECT position, boot, at_ms, up_ms, state, ago_ms, ahead_ms, received_ms, shift_ms, error_ms FROM untrusted
 WHERE device=? AND boot=?"""
_STORED = """
SELECT series.id, point, reading.at_ms, place, value, quality
  FROM series CROSS JOIN reading ON reading.series = series.id
 WHERE device=? AND reading.at_ms BETWEEN ? AND ? AND position=?"""
_HOUR = "SELECT at_ms, quality, position, place FROM reading WHERE series=? AND at_ms >= ? AND at_ms < ?"
_NEWEST = """
SELECT at_ms, position, place, value, quality, unit, scale
  FROM reading JOIN series ON series.id = reading.series LEFT JOIN ahead USING(position)
 WHERE series.id=? AND (until_ms IS NULL OR at_ms <= until_ms) {good}
 ORDER BY at_ms DESC, position DESC, place DESC LIMIT 1"""


_GOOD = "AND quality = ''"


class Retiming:
    """`series_of` are the ids of a point's series, the first of which carries its counted hours. `sealing` opens what is to change."""

    def __init__(self, db: apsw.Connection, series_of: Mapping[PointKey, Sequence[int]], sealing: Sealing) -> None:
        self._db, self._series_of, self._sealing = db, series_of, sealing

    def batch(self, row: LedgerRow, told: Told) -> Derived | None:
        """Note an entry whose clock was not set; what to do with its instants by the anchors known so far."""
        derived = derive(told, self._anchors(row.device, told.boot))
        self._db.execute(
            "INSERT INTO untrusted VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (row.position, row.device, told.boot, told.at, told.up, told.state, told.ago, told.ahead, row.received_ms,
             *(derived or (None, None))),
        )  # fmt: skip
        return derived

    def note_ahead(self, position: int, newest_ms: int, received_ms: int) -> None:
        """What is dated too far ahead must not become a last word when the last words are looked up again."""
        self._db.execute("DELETE FROM ahead WHERE position=?", (position,))
        if newest_ms > received_ms + MAX_AHEAD_MS:
            self._db.execute("INSERT INTO ahead VALUES (?,?)", (position, received_ms + MAX_AHEAD_MS))

    def anchor(self, device: str, anchor: Anchor) -> None:
        """Move every entry of its boot that this anchor times better."""
        self._db.execute("INSERT INTO anchor VALUES (?,?,?,?,?,?)", (device, *anchor))
        anchors, touched = self._anchors(device, anchor.boot), dict[str, set[int]]()
        for position, *said, received_ms, shift_ms, error_ms in self._rows(_UNTRUSTED, device, anchor.boot):
            told = Told(*said)
            derived = derive(told, anchors)
            shift, error = derived or (None, None)
            if (shift, error) == (shift_ms, error_ms):
                continue
            before, after = shift_ms or 0, shift or 0
            span = told.at - told.ago + before, told.at + told.ahead + before
            for point, hour_ms in self._move(device, position, span, after - before):
                touched.setdefault(point, set()).add(hour_ms)
            self.note_ahead(position, told.at + told.ahead + after, received_ms)
            self._db.execute("UPDATE untrusted SET shift_ms=?, error_ms=? WHERE position=?", (shift, error, position))
        for point, hours in touched.items():  # once each: an hour holds many entries
            for hour_ms in hours:
                self._recount(self._series_of[device, point], hour_ms)
            self._look_up_last((device, point))

    def _anchors(self, device: str, boot: str) -> list[Anchor]:
        rows = self._db.execute(
            "SELECT boot, at_ms, up_ms, state, error_ms FROM anchor WHERE device=? AND boot=?", (device, boot)
        )
        return [Anchor(*row) for row in rows]

    def _move(self, device: str, position: int, span: tuple[int, int], by_ms: int) -> set[tuple[str, int]]:
        """Move the readings of one entry. Returns the hours that they leave and enter, by point: their counts are no longer true."""
        for id_ in [id_ for (one, _), ids in self._series_of.items() if one == device for id_ in ids]:
            self._sealing.open(id_, *span)
            self._sealing.open(id_, span[0] + by_ms, span[1] + by_ms)
        stored = self._rows(_STORED, device, *span, position)
        self._db.executemany("DELETE FROM reading WHERE series=? AND at_ms=? AND position=? AND place=?",
                             [(series, at_ms, position, place) for series, _, at_ms, place, *_ in stored])  # fmt: skip
        self._db.executemany("INSERT INTO reading VALUES (?,?,?,?,?,?)",
                             [(series, at_ms + by_ms, position, place, value, quality)
                              for series, _, at_ms, place, value, quality in stored])  # fmt: skip
        return {(point, at - at % HOUR_MS) for _, point, at_ms, *_ in stored for at in (at_ms, at_ms + by_ms)}

    def _recount(self, siblings: Sequence[int], hour_ms: int) -> None:
        said = [row for id_ in siblings for row in self._rows(_HOUR, id_, hour_ms, hour_ms + HOUR_MS)]
        told = words((at_ms, word) for at_ms, word, *_ in sorted(said, key=lambda row: row[2:]))
        self._db.execute("DELETE FROM filled WHERE series=? AND hour_ms=?", (siblings[0], hour_ms))
        self._db.executemany("INSERT INTO filled VALUES (?,?,?,?)",
                             [(siblings[0], hour_ms, word, count) for word, count in Counter(told.values()).items()])  # fmt: skip

    def _look_up_last(self, key: PointKey) -> None:
        """The last word of a point from its readings, as if all had just come in the order of the ledger."""
        good = self._newest(key, _GOOD)
        while any(self._sealing.open_newest(id_, good[0] if good else None) for id_ in self._series_of[key]):
            good = self._newest(key, _GOOD)
        newest = self._newest(key, "")
        self._db.execute("DELETE FROM last WHERE device=? AND point=?", key)
        if newest is None:
            return
        at_ms, _, _, value, quality, unit, scale = newest
        good_at, _, _, good_value, _, good_unit, good_scale = good or (None, 0, 0, None, "", unit, scale)
        self._db.execute("INSERT INTO last VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                         (*key, at_ms, value, unit, scale, quality, good_at, good_value, good_unit, good_scale))  # fmt: skip

    def _newest(self, key: PointKey, good: str) -> tuple[Any, ...] | None:
        found = [row for id_ in self._series_of[key] for row in self._rows(_NEWEST.format(good=good), id_)]
        return max(found, key=lambda row: row[:3], default=None)

    def _rows(self, sql: str, *values: str | int) -> list[tuple[Any, ...]]:
        return self._db.execute(sql, values).fetchall()
