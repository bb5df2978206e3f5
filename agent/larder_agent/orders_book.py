"""`orders.json`: what of commands and configurations must outlive a restart, on the disk before it counts."""

import json
from pathlib import Path

from larder_agent.applied import keep
from larder_agent.failures import DiskFailed
from larder_agent.orders import Answer, Orders

FILE = "orders.json"


class OrdersBook:
    """`orders` are as the disk has them. Owned by the device's thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.orders = Orders()

    def open(self) -> None:
        """Raises DiskFailed, also where the file is there and cannot be understood: without the number a command could be done
        twice."""
        path = self._folder / FILE
        try:
            fields = json.loads(path.read_bytes())
            answers = tuple(Answer(str(digest), str(reply)) for digest, reply in fields["answers"])
            said = int(fields["number"]), str(fields["doing"]), answers, int(fields["told"]), str(fields["refused"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DiskFailed(path, error) from error
        self.orders = Orders(*said)

    def keep(self, orders: Orders) -> None:
        """On the disk when this returns. Raises DiskFailed."""
        keep(self._folder, FILE, json.dumps(vars(orders)).encode() + b"\n")
        self.orders = orders
