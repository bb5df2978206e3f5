"""Configurations and commands as the web reads them, beside their writers."""

from pathlib import Path

from larder_hub.directives.book import DirectiveBook, Order, Wish
from larder_hub.ledger.schema import open_for_reading


def read_wishes(registry: Path) -> list[Wish]:
    """Raises LedgerFailed."""
    connection = open_for_reading(registry)
    try:
        return DirectiveBook(connection).wishes()
    finally:
        connection.close()


def read_orders(registry: Path, most: int) -> list[Order]:
    """The latest commands, newest first. Raises LedgerFailed."""
    connection = open_for_reading(registry)
    try:
        return DirectiveBook(connection).orders(most)
    finally:
        connection.close()
