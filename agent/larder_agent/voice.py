"""The device's signed word, ready from any thread: the link's will is signed when a connection begins."""

from larder_agent import words
from larder_agent.clock import Clock, moment
from larder_agent.words import Identity, Standing
from larder_core.signing import Signer
from larder_core.statement import write_statement


class Voice:
    """`who` and `standing` are replaced by the device's thread after a commit; what the will says may be one heartbeat old, which is
    true."""

    def __init__(self, who: Identity, signer: Signer, clock: Clock, standing: Standing) -> None:
        self._signer, self._clock = signer, clock
        self.who, self.standing = who, standing

    def birth(self) -> bytes:
        return write_statement(words.birth(self.who, self.standing, moment(self._clock)), self._signer)

    def status(self, *, online: bool) -> bytes:
        return write_statement(words.status(self.who, self.standing, moment(self._clock), online=online), self._signer)

    def will(self) -> bytes:
        return self.status(online=False)
