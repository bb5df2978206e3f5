"""Modules that libraries import for what an agent never does: deferred until somebody really uses them.

Measured on a ten-point agent: `urllib.request`, which paho imports to look for a proxy that it only uses with PySocks, brings http and
email; `importlib.metadata`, which pydantic imports to look for plugins, brings email, zipfile and the compressors: together 2.6 of
45 MB. `difflib` only helps to word an error. Each is replaced by a placeholder that imports the real module at its first use, so
nothing works differently.
"""

import importlib
import os
import sys
from collections.abc import Callable, Iterable
from types import ModuleType

DEFERRED: dict[str, tuple[str, ...]] = {
    "urllib.request": (),
    "importlib.metadata": ("entry_points", "version", "distribution"),
    "difflib": ("get_close_matches",),
}
"""Module -> functions that others import from it by name; such a function loads the real module when it is called."""


class Placeholder(ModuleType):
    """Stands in `sys.modules` for a module that was not imported yet."""

    def __init__(self, name: str, functions: Iterable[str]) -> None:
        super().__init__(name)
        for function in functions:
            self.__dict__[function] = _caller(name, function)

    def __getattr__(self, attribute: str) -> object:
        if attribute.startswith("__"):
            raise AttributeError(attribute)  # the import system asks for __path__ and the like: that is no use yet
        return getattr(real(self.__name__), attribute)


def real(name: str) -> ModuleType:
    """The module itself, imported now if it was deferred."""
    if isinstance(sys.modules.get(name), Placeholder):
        del sys.modules[name]
    return importlib.import_module(name)


def _caller(name: str, function: str) -> Callable[..., object]:
    def call(*words: object, **named: object) -> object:
        return getattr(real(name), function)(*words, **named)

    return call


def defer() -> None:
    """Before pydantic and paho are imported; what is there already stays as it is."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    for name, functions in DEFERRED.items():
        if name not in sys.modules:
            placeholder = Placeholder(name, functions)
            sys.modules[name] = placeholder
            parent, _, child = name.rpartition(".")
            if parent:
                setattr(importlib.import_module(parent), child, placeholder)
