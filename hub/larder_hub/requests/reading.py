"""Requests as the web reads them, beside their writers."""

from pathlib import Path

from larder_hub.ledger.schema import open_for_reading
from larder_hub.requests.answers import Request
from larder_hub.requests.book import RequestBook


def read_requests(registry: Path) -> list[Request]:
    """Every request there ever was, oldest first. Raises LedgerFailed."""
    connection = open_for_reading(registry)
    try:
        return RequestBook(connection).all()
    finally:
        connection.close()
