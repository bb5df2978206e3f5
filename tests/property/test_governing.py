"""Any history of commands: each number is done at most once, every command is answered, restarts forget nothing. [D8] [D9]"""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.agent.governed import STRANGER, Governed

STEP = st.one_of(
    st.tuples(st.just("send"), st.integers(1, 12)),
    st.tuples(st.just("again"), st.integers(1, 6)),
    st.tuples(st.just("forged"), st.integers(1, 12)),
    st.tuples(st.just("old"), st.integers(1, 12)),
    st.tuples(st.just("restart"), st.just(0)),
)


def payload_of(device: Governed, what: str, which: int, sent: list[bytes]) -> bytes:
    if what == "again" and sent:
        return sent[which % len(sent)]
    if what == "forged":
        return device.command(which, "set-config", key=STRANGER)
    if what == "old":
        return device.command(which, "set-config", issued=device.clock.wall - 700_000)
    return device.command(which, "set-config")


@settings(max_examples=25, deadline=None)
@given(st.lists(STEP, max_size=14))
def test_no_command_is_done_twice_and_none_is_left_unanswered(steps: list[tuple[str, int]]) -> None:
    with TemporaryDirectory() as folder:
        device = Governed(Path(folder))
        sent: list[bytes] = []
        acts, highest, expected = 0, 0, 0
        for what, which in steps:
            if what == "restart":
                acts += len(device.asked)
                device.close()
                device = Governed(Path(folder), device.clock)
                continue
            number = which if what == "send" or (what == "again" and not sent) else 0
            payload = payload_of(device, what, which if number == 0 else number, sent)
            before = len(device.asked)
            device.hear(payload)
            done = len(device.asked) - before
            if what in ("send", "again"):
                assert done == int(number > highest), "done where its number is new, and only there"
                sent.append(payload)
            else:
                assert done == 0
            highest = max(highest, number if done else 0)
            expected += done
            device.clock.pass_ms(600_000)  # so that every refusal may be told
        acts += len(device.asked)
        assert acts == expected == len(device.events("command-done"))
        assert device.book.orders.number == highest
        device.close()
