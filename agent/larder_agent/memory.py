"""Keeping the process small: small boards have 256 MB, and often one such process a device.

Measured on x86-64 with glibc 2.36 and Python 3.11: building the wire's models leaves some 3 MB of freed memory with the allocator, and
every thread may take an arena of its own.
"""

import ctypes
import gc
import sys

M_ARENA_MAX = -8
"""mallopt's name for it in <malloc.h>."""


def few_arenas() -> None:
    """All threads share one arena: they wait for sensors and the network, not for each other. Before threads are started."""
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):  # glibc; musl has none
        mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Return to the system what start-up has freed; what it keeps is left out of later garbage collections, which begin here."""
    sys.path_importer_cache.clear()  # lists of folders: read again by whoever imports again
    gc.collect()
    gc.freeze()
    gc.enable()
    give_back_freed()


def give_back_freed() -> None:
    """What a backlog or a configuration needed for a moment; some milliseconds, now and then."""
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
