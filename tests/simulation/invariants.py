"""What must be true when all faults have stopped and everything has drained. The names follow faults of the kind each one catches.

I1  no silent loss: a body that a disk committed is counted, or declared lost, or its disk was lost or went back in time
I2  nothing twice: no body and no reading is counted more than once, except readings that waited for their seal while their disk
    was copied: both copies seal them
I3  no false fork: a stream is frozen only where a disk was copied or put back
I4  every announced loss is visible: a body that was announced and is not counted is declared, unexplained or unproven in the account;
    except what a ledger held that was lost with all its backups, where the other branch of a copied disk has the number
I5  liveness: everything drains once the faults stop
I6  nothing invented or altered: every counted reading was taken, every counted body is one that a disk committed
I7  order: within a body readings stand in the order in which they were taken, whatever the wall clock did
"""

from collections import Counter
from collections.abc import Iterator

from larder_hub.ledger.account import StreamAccount
from tests.simulation.truth import Body
from tests.simulation.world import World, declared, serials_counted, within


def violations(world: World, drained: bool) -> list[str]:
    """In words, with the body and stream concerned; empty when all hold."""
    found: list[str] = [] if drained else ["I5 the agents did not drain"]
    rows = world.counted()
    counted, serials, accounts = Counter(row.hash for row in rows), serials_counted(rows), world.accounts()
    found += [f"I2 body {digest} is counted {times} times" for digest, times in counted.items() if times > 1]
    found += [f"I2 reading {serial} is counted {times} times" for serial, times in serials.items()
              if times > 1 and serial not in world.truth.copied_staged]  # fmt: skip
    found += [f"I6 reading {serial} was never taken" for serial in serials if serial not in world.truth.taken]
    found += [f"I6 body {digest} was never committed" for digest in counted if digest not in world.truth.bodies]
    found += [
        f"I7 {body.place} {body.serials} is out of order" for body in world.truth.bodies.values() if not body.in_order
    ]
    found += _false_forks(world, accounts)
    found += _losses(world, accounts, declared(rows))
    found += _unsealed(world, serials)
    return found


def _false_forks(world: World, accounts: dict[str, StreamAccount]) -> Iterator[str]:
    for one in accounts.values():
        if one.frozen and one.device not in world.truth.copied:
            yield f"I3 stream {one.stream} of {one.device} is frozen, and no copy of its disk was ever made"


def _losses(world: World, accounts: dict[str, StreamAccount], lost: dict[str, list[tuple[int, int]]]) -> Iterator[str]:
    held = {digest for agent in world.agents for digest in agent.held_hashes()}
    kept = world.kept()
    for body in world.truth.bodies.values():
        if body.hash in kept or body.hash in held:
            continue
        stream, n = body.place
        account = accounts.get(stream)
        if within(n, lost.get(stream, ())):
            continue
        visible = account is not None and within(n, (*account.ranges_unexplained, *account.ranges_unproven))
        visible |= account is not None and account.device in world.truth.copied and body.hash in world.truth.burnt
        if body.hash in world.truth.announced and not visible:
            yield f"I4 {stream[:6]}/{n} was announced, is not counted, and the account does not show it"
        if body.hash not in world.truth.gone:
            yield f"I1 {stream[:6]}/{n} {body.serials} was committed, its disk was never lost, and it is nowhere"


def _unsealed(world: World, serials: Counter[int]) -> Iterator[str]:
    """Readings that were staged and are in no body: only a disk that was lost may take them."""
    sealed = {serial for body in world.truth.bodies.values() for serial in body.serials}
    for serial in world.truth.taken - sealed - world.truth.staged_gone:
        yield f"I1 reading {serial} was staged and never sealed"


def honest(world: World) -> list[Body]:
    """Bodies lost with their disk before anything about them reached the hub: the loss that no protocol can show."""
    kept = world.kept()
    return [body for body in world.truth.bodies.values()
            if body.hash in world.truth.gone and body.hash not in kept and body.hash not in world.truth.announced]  # fmt: skip
