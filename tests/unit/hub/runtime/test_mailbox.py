"""The bounded hand-over: nothing is dropped, a full mailbox makes the network wait, closing frees whoever waits."""

from threading import Event, Thread

from larder_hub.ingest.mailbox import Arrival, Mailbox


def arrival(size: int, mid: int = 1) -> Arrival:
    return Arrival("t", b"x" * size, mid, 1, 1)


def test_everything_comes_out_in_order_and_the_bytes_are_counted() -> None:
    mailbox = Mailbox(1 << 20)
    for mid in range(5):
        mailbox.put(arrival(100, mid))
    assert mailbox.bytes == 5 * 356
    assert [one.mid for one in mailbox.take(3, 1.0)] == [0, 1, 2]
    assert [one.mid for one in mailbox.take(10, 1.0)] == [3, 4]
    assert mailbox.bytes == 0
    assert mailbox.take(10, 0.01) == []


def test_a_full_mailbox_waits_until_there_is_room() -> None:
    mailbox = Mailbox(1000)
    mailbox.put(arrival(1000))
    put = Event()

    def second() -> None:
        mailbox.put(arrival(1, 2))
        put.set()

    Thread(target=second, daemon=True).start()
    assert not put.wait(0.1), "the network thread waits"
    assert [one.mid for one in mailbox.take(1, 1.0)] == [1]
    assert put.wait(5)
    assert [one.mid for one in mailbox.take(1, 1.0)] == [2]


def test_closing_frees_a_waiting_network_thread_and_takes_nothing_more() -> None:
    mailbox = Mailbox(1000)
    mailbox.put(arrival(1000))
    thread = Thread(target=mailbox.put, args=(arrival(1, 2),), daemon=True)
    thread.start()
    mailbox.close()
    thread.join(5)
    assert not thread.is_alive()
    assert [one.mid for one in mailbox.take(10, 0.01)] == [1], "what came after the end is the broker's to send again"


def of(device: str, mid: int, size: int = 100) -> Arrival:
    return Arrival(f"larder/v1/632224/site/{device}/entry", b"x" * size, mid, 1, 1)


def test_a_flood_waits_behind_itself_alone() -> None:
    mailbox = Mailbox(1 << 20)
    for mid in range(500):
        mailbox.put(of("loud", mid))
    mailbox.put(of("quiet", 1000))
    mailbox.put(of("calm", 1001))
    group = mailbox.take(10, 1.0)
    assert [one.mid for one in group[:3]] == [0, 1000, 1001]
    assert [one.mid for one in group[3:]] == [1, 2, 3, 4, 5, 6, 7], "what room is left is the loud one's"


def test_a_lane_gives_a_group_so_many_and_no_more() -> None:
    mailbox = Mailbox(1 << 20, each=3)
    for mid in range(10):
        mailbox.put(of("loud", mid))
    assert [one.mid for one in mailbox.take(500, 1.0)] == [0, 1, 2]


def test_more_lanes_than_a_group_has_room_take_turns() -> None:
    mailbox = Mailbox(1 << 20)
    for n in range(6):
        mailbox.put(of(f"box-{n}", n))
        mailbox.put(of(f"box-{n}", n + 10))
    assert [one.mid for one in mailbox.take(4, 1.0)] == [0, 1, 2, 3]
    assert [one.mid for one in mailbox.take(4, 1.0)] == [4, 5, 10, 11]


def test_what_a_lane_cannot_hold_is_put_down_and_the_others_go_on() -> None:
    """[H11]"""
    mailbox = Mailbox(1 << 20, lane_bytes=1000)
    assert [mailbox.put(of("loud", mid)) for mid in range(5)] == [True, True, True, False, False]
    assert mailbox.put(of("quiet", 9))
    assert mailbox.bytes == 4 * 356
    mailbox.take(500, 1.0)
    assert mailbox.put(of("loud", 6)), "as soon as it was read"


def test_a_group_is_bounded_in_bytes_and_still_takes_of_every_lane_in_turn() -> None:
    """81 sites that return with days of entries made one commit of seconds, for which every other site's word waited."""
    mailbox = Mailbox(1 << 20)
    for mid in range(30):
        mailbox.put(Arrival("larder/v1/632224/s/back/entry", b"x" * 1000, mid, 1, 1))
    mailbox.put(Arrival("larder/v1/632224/s/live/entry", b"y", 99, 1, 1))
    group = mailbox.take(500, 1.0, most_bytes=5_000)
    assert [one.mid for one in group][:2] == [0, 99]
    assert 3 <= len(group) <= 6
    assert len(mailbox.take(500, 1.0, most_bytes=1)) == 1, "one that is larger than a group is a group"
    assert mailbox.bytes > 0
