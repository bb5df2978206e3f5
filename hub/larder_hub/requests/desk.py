"""A group's answers into the book, after its commit, and what the next receipt asks for. PROTOCOL.md [H15]."""

from collections import defaultdict

from larder_core.message import Message
from larder_core.sizes import MAX_RANGES
from larder_hub.ledger.streams import Stream
from larder_hub.requests.answers import Request, gone
from larder_hub.requests.book import RequestBook


class RequestDesk:
    """Owned by the ingest thread."""

    def __init__(self, book: RequestBook) -> None:
        self._book = book
        self._came: dict[str, dict[int, str]] = defaultdict(dict)

    def forget(self) -> None:
        """A new group begins."""
        self._came.clear()

    def heard(self, message: Message) -> None:
        """Lines that a device itself has sent, in this group."""
        self._came[message.stream].update((line.n, line.hash) for line in message.lines)

    def settle(self, stream: Stream, now_ms: int) -> list[tuple[int, int]]:
        """Count what came for the open requests about a stream, close those of which nothing more can come, and return what the
        others ask for. The ranges stay the same until they are closed: an agent sends once for each new value. Raises apsw.Error."""
        requests = self._book.open_of(stream.stream)
        return [(one.first, one.last) for one in requests if self._counted(one, stream, now_ms)][:MAX_RANGES]

    def _counted(self, request: Request, stream: Stream, now_ms: int) -> bool:
        """True while something is to come."""
        chain = stream.chain
        came: dict[int, bool] = {}
        for n, digest in self._came.get(stream.stream, {}).items():
            if request.first <= n <= request.last:
                slot = chain.slot(n)
                came[n] = slot is not None and slot.hash == digest
        answered = self._book.answered(request) | came.keys()
        lost = [(loss.first, loss.last) for loss in chain.losses if loss.own]
        missing = gone(request, answered, chain.first, lost)
        if came or missing != request.gone:
            self._book.answer(request, came, missing)
        if len(answered) + missing < request.size:
            return True
        self._book.close(request.id, now_ms)
        return False
