"""A mutant: the code with one rule of the protocol removed, and who must notice it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]
"""What stands in the place of a function, made from that function."""


class Mutant(NamedTuple):
    """`target.name` is replaced by `wrap(original)`; nothing else changes.

    `rule` is an id of PROTOCOL.md, `says` what is wrong then. `killers` are tests by pytest's node ids under `tests/`; each of them
    must fail. Where no directed test can tell, `seeds` says how many histories of the simulation may be tried. `survives` is the
    written reason of a mutant that nobody can notice.
    """

    rule: str
    says: str
    target: Any
    name: str
    wrap: Wrap
    killers: Sequence[str] = ()
    seeds: int = 0
    survives: str = ""


@contextmanager
def broken(mutant: Mutant) -> Iterator[None]:
    """The code is the mutant's inside. A test module imported inside sees the mutant too."""
    with patch.object(mutant.target, mutant.name, mutant.wrap(getattr(mutant.target, mutant.name))):
        yield


def nothing(original: Callable[..., Any]) -> Callable[..., Any]:
    """The function does nothing."""
    return lambda *words, **named: None


def answers(value: Any) -> Wrap:
    """The function always answers `value`."""
    return lambda original: lambda *words, **named: value


def changed(change: Callable[[Any], Any]) -> Wrap:
    """The function's answer, changed."""
    return lambda original: lambda *words, **named: change(original(*words, **named))


def given(**fixed: Any) -> Wrap:
    """The function, with these arguments whatever the caller says."""
    return lambda original: lambda *words, **named: original(*words, **named | fixed)


def during(target: Any, name: str, wrap: Wrap) -> Wrap:
    """While the function runs, and only then, `target.name` is another one."""

    def outer(original: Callable[..., Any]) -> Callable[..., Any]:
        def run(*words: Any, **named: Any) -> Any:
            with patch.object(target, name, wrap(getattr(target, name))):
                return original(*words, **named)

        return run

    return outer
