"""One group of arrivals: decode, verify, commit, and say who is owed a receipt. Nothing a stranger sends raises out of here [H10]."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from larder_core.command import Reply, read_reply
from larder_core.digest import GENESIS
from larder_core.message import Message, read_message
from larder_core.names import Address, Channel, parse_topic
from larder_core.receipt import Receipt, write_receipt
from larder_core.refusal import Refusal, Refused
from larder_core.signing import PublicKey, Signer
from larder_core.statement import Birth, Status, read_birth, read_status
from larder_hub.ingest.mailbox import Arrival
from larder_hub.ingest.receipts import receipt_for, receipt_for_unheard
from larder_hub.ledger.quarantine import STRANGERS
from larder_hub.ledger.schema import no_receipt_without
from larder_hub.ledger.store import Ledger, Outcome
from larder_hub.register.directory import Directory
from larder_hub.requests.desk import RequestDesk
from larder_hub.room import Room, always_ample


class Hearing(Protocol):
    """Who else wants to know what devices say; `settle` after the group's commit."""

    def heard_statement(self, statement: Birth | Status) -> None: ...
    def heard_message(self, device: str, message: Message) -> None: ...
    def heard_reply(self, reply: Reply) -> None: ...
    def settle(self, now_ms: int) -> None: ...


class Owed(NamedTuple):
    """A signed receipt and the topic it goes to."""

    topic: str
    payload: bytes


class Settled(NamedTuple):
    """What a committed group brought, and the receipts that may now be sent."""

    outcome: Outcome
    receipts: list[Owed]


class Intake:
    """`directory` gives the register in force; `signer` is the hub's key; `room` says what the
    disks still take. The ledger is open."""

    def __init__(self, ledger: Ledger, directory: Callable[[], Directory], signer: Signer, credit: int,
                 room: Callable[[], Room] = always_ample, alone: Callable[[], bool] = lambda: True,
                 hearing: Hearing | None = None) -> None:  # fmt: skip
        self._ledger, self._directory, self._signer, self._credit = ledger, directory, signer, credit
        self._room, self._alone, self._hearing = room, alone, hearing
        self._keys: dict[str, PublicKey] = {}
        self._requests = RequestDesk(ledger.registry.requests)
        self._generation = ledger.registry.generation()

    def rise(self) -> int:
        """Begin a new generation, which it returns: agents take nothing that an earlier one told them for granted [R3].
        Raises LedgerFailed."""
        with no_receipt_without("the registry"):
            self._generation = self._ledger.registry.raise_generation()
        return self._generation

    def settle(self, group: Sequence[Arrival], now_ms: int, *, condemned: bool = False) -> Settled:
        """One transaction for the group; returns only after its commit [H9]. What is condemned is set aside unread [H14].
        Raises LedgerFailed."""
        register, room = self._directory(), self._room()
        self._offered = self._credit if room is Room.AMPLE else 0
        unproven: dict[Address, list[tuple[str, str]]] = defaultdict(list)
        self._requests.forget()
        with self._ledger.group(now_ms) as outcome:
            for arrival in group:
                if room is Room.OUT and not _answers_alone(arrival):
                    outcome.untaken += 1
                else:
                    self._take(register, arrival, outcome, unproven, condemned=condemned)
        if self._hearing is not None:
            self._hearing.settle(now_ms)
        with no_receipt_without("the ledger or the registry"):
            return Settled(outcome, self._receipts(register, outcome, unproven, now_ms))

    def _take(self, register: Directory, arrival: Arrival, outcome: Outcome,
              unproven: dict[Address, list[tuple[str, str]]], *, condemned: bool) -> None:  # fmt: skip
        parsed = parse_topic(arrival.topic)
        address, channel = parsed if parsed else (Address("", "", ""), None)
        try:
            if channel is None:
                raise Refused("wrong-topic", f"no topic of ours: {arrival.topic[:100]}")
            key = self._key(register, address)
            if condemned:
                raise Refused("poison", "the hub died over it; keep the payload for those who repair the hub")
            self._read(address, channel, arrival.payload, key, outcome)
        except Refused as error:
            outcome.refused.append((address.device, error.refusal))
            sender = address.device if address.device in register.devices else STRANGERS
            digest = self._ledger.unproven(arrival.topic, address.device, sender, error.refusal, arrival.payload)
            if channel is not None:
                unproven[address].append((digest, error.refusal.reason))

    def _read(self, address: Address, channel: Channel, payload: bytes, key: PublicKey, outcome: Outcome) -> None:
        device = address.device
        if channel == "entry":
            message = read_message(payload, key, device)
            self._ledger.message(device, message)
            self._requests.heard(message)
            if self._hearing is not None:
                self._hearing.heard_message(device, message)
            for raw, refusal in message.fallen:
                outcome.refused.append((device, refusal))
                self._ledger.unproven(address.topic(channel), device, device, refusal, raw)
        elif channel == "birth":
            self._announced(read_birth(payload, key, device), payload)
            outcome.births.append(device)
        elif channel == "status":
            self._announced(read_status(payload, key, device), payload)
        elif channel == "reply":
            reply = read_reply(payload, key, device)
            if self._hearing is not None:
                self._hearing.heard_reply(reply)
        else:
            raise Refused("wrong-topic", f"nothing is read from {channel}")

    def _announced(self, statement: Birth | Status, payload: bytes) -> None:
        self._ledger.announcement(statement.device, statement, payload)
        if self._hearing is not None:
            self._hearing.heard_statement(statement)

    def _key(self, register: Directory, address: Address) -> PublicKey:
        known = register.devices.get(address.device)
        if known is None or not known.public_key:
            raise Refused("unknown-device", f"{address.device} has no key in the register (larder hub register)")
        if (known.county, known.site) != (address.county, address.site):
            raise Refused("wrong-topic", f"{address.device} is registered at {known.county}/{known.site}")
        key = self._keys.get(address.device)
        if key is None or key.text != known.public_key:
            key = self._keys[address.device] = PublicKey(known.public_key)
        return key

    def _receipts(self, register: Directory, outcome: Outcome, unproven: dict[Address, list[tuple[str, str]]],
                  now_ms: int) -> list[Owed]:  # fmt: skip
        owed: list[Owed] = []
        told = {address.device: notes for address, notes in unproven.items()}
        for name, device in outcome.heard.items():
            stream = self._ledger.stream(name)
            assert stream is not None, "a stream that was heard in this group is in the ledger"
            at = register.devices[device]
            again = self._requests.settle(stream, now_ms)
            receipt = receipt_for(
                self._ledger, stream, self._offered, self._generation, now_ms, told.pop(device, []), again
            )
            owed.append(self._signed(Address(at.county, at.site, device), receipt))
        for address, notes in unproven.items():
            if address.device in told:
                current = self._ledger.current_stream(address.device)
                receipt = (receipt_for(self._ledger, current, self._offered, self._generation, now_ms, notes) if current
                           else receipt_for_unheard(address.device, self._generation, now_ms, notes))  # fmt: skip
                owed.append(self._signed(address, receipt))
        return owed

    def _signed(self, address: Address, receipt: Receipt) -> Owed:
        if not self._alone():
            receipt = receipt.model_copy(update={"safe": 0, "safe_hash": GENESIS})  # [H13]
        return Owed(address.topic("receipt"), write_receipt(receipt, self._signer))


def _answers_alone(arrival: Arrival) -> bool:
    """A birth or status: it asks for a receipt, and takes next to no room."""
    return arrival.topic.endswith(("/birth", "/status"))


def describe(refusal: Refusal) -> str:
    return f"{refusal.reason}: {refusal.detail}" if refusal.detail else refusal.reason
