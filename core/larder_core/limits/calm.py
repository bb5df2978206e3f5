"""Which columns of readings cannot change anything: most of them, so the state machine need not see each reading.

if calm(profile, low, high, state): state = passed(state, last_ms, last_value)
else:                               state, transitions = run(state, profile, readings, max_gap_ms=...)
"""

from larder_core.limits.profile import LimitProfile
from larder_core.limits.state import State


def calm(profile: LimitProfile, lo: float, hi: float, state: State) -> bool:
    """True if good readings between `lo` and `hi`, their least and greatest value, can neither move a point in this state nor feed
    a timer: all inside the clear limits, no episode open, data known, the last reading beyond nothing. False for NaN."""
    table = profile.table
    return (
        state.high is None
        and state.low is None
        and state.unknown_since_ms is None
        and table.clear_low <= lo <= hi <= table.clear_high
        and table.quiet(state.last_value)
    )


def passed(state: State, last_ms: int, last_value: float) -> State:
    """The state after a calm column whose last good reading this is: what `step` over each of its readings would have left."""
    if state.last_ms is not None and last_ms <= state.last_ms:
        return state
    return State(last_ms, float(last_value), None, None, state.meters, state.accounts, beside=state.beside)
