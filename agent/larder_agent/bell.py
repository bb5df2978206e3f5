"""The alarm of the site: a buzzer or a lamp that needs neither hub nor network. PROTOCOL.md [D4], [D10].

One thread a device, because a relay that does not answer must keep nobody waiting.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Condition, Event
from time import monotonic
from typing import Protocol

from larder_agent.metrics import Metrics

log = logging.getLogger("larder.agent.bell")

BLINK_S, BUTTON_S, AGAIN_S = 0.5, 0.2, 5.0
"""Half a period of blinking; how often the button is looked at while the alarm sounds; when an output that failed is tried again."""

RANKS = {"warning": 1, "alarm": 2, "critical": 3}


class Output(Protocol):
    """Something that sounds or shines. Used by one thread; its first use opens it."""

    def put(self, on: bool) -> None:
        """Raises OSError."""
        ...

    def pressed(self) -> bool:
        """Whether the button is held down; False where there is none. Raises OSError."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Ringing:
    """`rank` of what is the matter, 0 for nothing; `silenced`: up to which rank the button has silenced it; `until`: identify."""

    rank: int = 0
    silenced: int = 0
    until: float = 0.0


def shown(state: Ringing, severity: str | None, least: str) -> Ringing:
    """The state when this is the gravest of what is the matter. What worsens sounds again; what is over may sound anew."""
    rank = RANKS.get(severity or "", 0)
    rank = rank if rank >= RANKS[least] else 0
    return replace(state, rank=rank, silenced=min(state.silenced, rank))


def silenced(state: Ringing) -> Ringing:
    """Somebody has pressed the button: seen, not solved."""
    return replace(state, silenced=state.rank)


def sounds(state: Ringing, now: float) -> bool:
    """An identify blinks, an alarm is steady."""
    if now < state.until:
        return int((state.until - now) / BLINK_S) % 2 == 0
    return state.rank > state.silenced


def next_look(state: Ringing, now: float, *, button: bool) -> float | None:
    """In how many seconds to look again, None where only a change matters."""
    if now < state.until:
        return (state.until - now) % BLINK_S or BLINK_S
    return BUTTON_S if button and state.rank > state.silenced else None


class Bell:
    """`output` None: this site has none. `silenced` is called when the button was pressed."""

    def __init__(self, output: Output | None, kind: str, least: str, metrics: Metrics, *, button: bool = False) -> None:
        self._output, self.kind, self._least, self._metrics, self._button = output, kind, least, metrics, button
        self._state, self._changed = Ringing(), Condition()
        self._stopped = False
        self.on_silenced: Callable[[], None] = lambda: None

    def show(self, severity: str | None) -> None:
        """The gravest severity that any point has reached."""
        self._set(lambda state: shown(state, severity, self._least))

    def identify(self, seconds: int) -> bool:
        """Blink for so long; False where there is nothing to blink."""
        if self._output is None:
            return False
        self._set(lambda state: replace(state, until=monotonic() + seconds))
        return True

    def wake(self) -> None:
        """Look at `stop`."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _set(self, change: Callable[[Ringing], Ringing]) -> None:
        with self._changed:
            after = change(self._state)
            if after != self._state:
                self._state = after
                self._changed.notify_all()

    def run(self, stop: Event) -> None:
        """Until `stop`; the output is then switched off."""
        if self._output is None:
            return
        told: bool | None = None
        try:
            while not stop.is_set():
                state = self._state
                told, wait_s = self._turn(self._output, state, told)
                with self._changed:
                    self._changed.wait_for(lambda state=state: self._stopped or self._state != state, wait_s)  # type: ignore[misc]
            self._output.put(False)
        except OSError as error:
            log.error("alarm output %s: %s (at the end)", self.kind, error)
        finally:
            self._output.close()

    def _turn(self, output: Output, state: Ringing, told: bool | None) -> tuple[bool | None, float | None]:
        """What the output was told last, and in how many seconds to come back."""
        now = monotonic()
        try:
            if (want := sounds(state, now)) != told:
                output.put(want)
                told = want
            if self._button and state.rank > state.silenced and output.pressed():
                self._set(silenced)
                self.on_silenced()
        except OSError as error:
            self._metrics.count("alarm_output_failures")
            log.error("alarm output %s does not answer: %s (check its wiring and [device.alarm]; tried again in %g s)",
                      self.kind, error, AGAIN_S)  # fmt: skip
            output.close()
            return None, AGAIN_S
        return told, next_look(state, now, button=self._button)
