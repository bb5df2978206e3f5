"""TOML read strictly: every value is asked for by name and checked, and what nobody asked for is refused."""

import difflib
import re
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

IDENTIFIER = re.compile(r"[a-z0-9-]{1,32}")
IDENTIFIER_HINT = "use 1 to 32 of a-z, 0-9 and '-'"


class InputError(Exception):
    """A world or scenario file that cannot be used. Reads `file: key: what is wrong (what to do)`."""

    def __init__(self, file: Path, key: str, problem: str, hint: str) -> None:
        super().__init__(": ".join(part for part in (str(file), key, f"{problem} ({hint})") if part))
        self.file = file
        self.key = key
        self.problem = problem
        self.hint = hint


class Table:
    """One TOML table that is being read. Ask for each key, then call `end()`, which refuses the keys left over."""

    def __init__(self, file: Path, path: str, content: dict[str, object]) -> None:
        self._file = file
        self._path = path
        self._content = content
        self._asked: set[str] = set()

    def error(self, name: str, problem: str, hint: str) -> InputError:
        """The error to raise about the key `name` of this table ("" for the table itself)."""
        return InputError(self._file, ".".join(part for part in (self._path, name) if part), problem, hint)

    def has(self, name: str) -> bool:
        """Whether the key is there; it then still has to be asked for."""
        self._asked.add(name)
        return name in self._content

    def text(self, name: str, form: re.Pattern[str] | None = None, hint: str = "write it in quotes") -> str:
        """A string that is not empty and matches `form` wholly."""
        value = self._value(name, hint)
        if not isinstance(value, str) or not value.strip():
            raise self.error(name, f"expected a text, got {value!r}", hint)
        if form is not None and form.fullmatch(value) is None:
            raise self.error(name, f"{value!r} has the wrong form", hint)
        return value

    def identifier(self, name: str) -> str:
        """An identifier, `[a-z0-9-]{1,32}`."""
        return self.text(name, IDENTIFIER, IDENTIFIER_HINT)

    def choice(self, name: str, options: Collection[str]) -> str:
        """One of the given words."""
        hint = "one of: " + ", ".join(options)
        value = self.text(name, hint=hint)
        if value not in options:
            raise self.error(name, f"{value!r} is not known", _did_you_mean(value, options) or hint)
        return value

    def number(self, name: str, low: float, high: float) -> float:
        """A finite number within the bounds, ends included."""
        hint = f"a number from {low:g} to {high:g}"
        value = self._value(name, hint)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.error(name, f"expected a number, got {value!r}", hint)
        return float(value)

    def integer(self, name: str, low: int, high: int) -> int:
        """A whole number within the bounds, ends included."""
        hint = f"a whole number from {low} to {high}"
        value = self._value(name, hint)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.error(name, f"expected a whole number, got {value!r}", hint)
        return value

    def numbers(self, name: str, low: float, high: float) -> tuple[float, ...]:
        """An array of numbers within the bounds; none when the key is missing."""
        if not self.has(name):
            return ()
        hint = f"an array of numbers from {low:g} to {high:g}, like [8.0, 12.0]"
        value = self._value(name, hint)
        if not isinstance(value, list):
            raise self.error(name, f"expected an array, got {value!r}", hint)
        for item in value:
            if isinstance(item, bool) or not isinstance(item, int | float) or not low <= item <= high:
                raise self.error(name, f"expected numbers, got {item!r}", hint)
        return tuple(float(item) for item in value)

    def flag(self, name: str) -> bool:
        """true or false."""
        value = self._value(name, "true or false")
        if not isinstance(value, bool):
            raise self.error(name, f"expected true or false, got {value!r}", "write it without quotes")
        return value

    def table(self, name: str) -> "Table":
        """A table within this one."""
        value = self._value(name, f"add a table [{name}]")
        if not isinstance(value, dict):
            raise self.error(name, f"expected a table, got {value!r}", f"write it as [{name}] or as {{ key = value }}")
        return Table(self._file, ".".join(part for part in (self._path, name) if part), value)

    def tables(self, name: str) -> list["Table"]:
        """The tables `[[name]]`, in order; none when the key is missing."""
        if not self.has(name):
            return []
        value = self._value(name, f"write [[{name}]]")
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(name, "expected an array of tables", f"write each as [[{name}]], with two brackets")
        return [Table(self._file, self._item_path(name, n, item), item) for n, item in enumerate(value, start=1)]

    def raw(self, name: str) -> list[Any]:
        """An array whose items the caller reads himself."""
        value = self._value(name, "an array")
        if not isinstance(value, list):
            raise self.error(name, f"expected an array, got {value!r}", f"write {name} = [ ... ] or [[{name}]]")
        return value

    def beside(self, path: str, content: dict[str, object]) -> "Table":
        """A table of the same file that was made from others; errors name it as `path`."""
        return Table(self._file, path, content)

    def end(self) -> None:
        """Refuse every key that was not asked for."""
        for name in self._content:
            if name not in self._asked:
                known = ", ".join(sorted(self._asked))
                raise self.error(name, "unknown key", _did_you_mean(name, self._asked) or f"known here: {known}")

    def _value(self, name: str, hint: str) -> object:
        self._asked.add(name)
        if name in self._content:
            return self._content[name]
        found = difflib.get_close_matches(name, self._content.keys() - self._asked, n=1)
        raise self.error(name, "is missing", f"is {found[0]!r} meant to be it?" if found else hint)

    def _item_path(self, name: str, number: int, item: dict[str, object]) -> str:
        """`site[minzhong].place[fridge-2]` says more than two numbers; a table without an id is counted from 1."""
        label = item.get("id", number)
        return ".".join(part for part in (self._path, f"{name}[{label}]") if part)


def read_toml(file: Path) -> Table:
    """The root table of a TOML file. Raises InputError when it cannot be read or is no TOML."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(file, "", error.strerror or str(error), "give the path of an existing file") from error
    except UnicodeDecodeError as error:
        raise InputError(file, "", "is not UTF-8", "save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(file, "", f"is not TOML: {error}", "correct the line named") from error
    return Table(file, "", content)


def _did_you_mean(word: str, options: Collection[str]) -> str:
    close = difflib.get_close_matches(word, options, n=1)
    return f"did you mean {close[0]!r}?" if close else ""
