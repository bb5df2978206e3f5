"""The kernel's I2C bus: /dev/i2c-<n>, without a library (linux/Documentation/i2c/dev-interface)."""

import fcntl
import os
from collections.abc import Callable
from typing import Protocol

I2C_SLAVE = 0x0703
"""ioctl: the address that reads and writes go to. Refused (EBUSY) where a driver of the kernel holds it."""


class Bus(Protocol):
    """All raise OSError: a device that does not answer is one (ENXIO, EREMOTEIO, ETIMEDOUT)."""

    def write(self, address: int, octets: bytes) -> None: ...
    def read(self, address: int, length: int) -> bytes: ...
    def close(self) -> None: ...


class KernelBus:
    """Opened at the first use, closed after an error."""

    def __init__(self, path: str, ioctl: Callable[[int, int, int], object] = fcntl.ioctl) -> None:
        self._path, self._ioctl = path, ioctl
        self._descriptor = -1

    def write(self, address: int, octets: bytes) -> None:
        os.write(self._at(address), octets)

    def read(self, address: int, length: int) -> bytes:
        return os.read(self._at(address), length)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def _at(self, address: int) -> int:
        if self._descriptor < 0:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        self._ioctl(self._descriptor, I2C_SLAVE, address)
        return self._descriptor
