"""Modules that libraries import for what an agent never does: deferred until somebody really uses them.

Measured on a ten-point agent: `urllib.request`, which paho imports to look for a proxy that it only uses with PySocks, brings http and
email; `importlib.metadata`, which pydantic imports to look for plugins, brings email, zipfile and the compressors: together 2.6 of
45 MB. `difflib` only helps to word an error. What makes JSON schemas takes 0.6 MB, and no agent does
that. Each is replaced by a placeholder that imports the real module at its first use, so nothing works differently.
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
    "pydantic.json_schema": ("GenerateJsonSchema", "model_json_schema"),
}
"""Module -> functions that others import from it by name; such a function loads the real module when it is called."""


CONSTANTS: dict[str, dict[str, object]] = {
    "pydantic.json_schema": {
        "DEFAULT_REF_TEMPLATE": "#/$defs/{model}",
        "JsonSchemaKeyT": object,
        "JsonSchemaMode": str,
        "JsonSchemaValue": dict,
        "PydanticJsonSchemaWarning": UserWarning,
    }
}
"""Module -> what others take from it by name and only annotate with, or hand back to it; a test holds the text against the library.
A name that stands neither here nor there loads the real module: that costs memory and breaks nothing."""

ZONES = "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo"
"""Where Python looks for time zones unless it was built otherwise: said, it need not read how it was built (0.4 MB)."""


class Placeholder(ModuleType):
    """Stands in `sys.modules` for a module that was not imported yet."""

    def __init__(self, name: str, functions: Iterable[str]) -> None:
        super().__init__(name)
        for function in functions:
            self.__dict__[function] = _caller(name, function)
        self.__dict__.update(CONSTANTS.get(name, {}))

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
    os.environ.setdefault("PYTHONTZPATH", ZONES)
    for name, functions in DEFERRED.items():
        if name not in sys.modules:
            placeholder = Placeholder(name, functions)
            sys.modules[name] = placeholder
            parent, _, child = name.rpartition(".")
            if parent.partition(".")[0] in sys.stdlib_module_names:  # a library finds its own part in sys.modules
                setattr(importlib.import_module(parent), child, placeholder)
