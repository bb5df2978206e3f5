"""The text of a map: YAML, read with PyYAML's safe loader, without the traps of the format.

A key that stands twice is refused (YAML takes the last without a word); everything is typed afterwards by the reader of settings, so
that `no`, which YAML takes for a yes-or-no, is refused where a text belongs.
"""

from collections.abc import Hashable, Mapping

import yaml

from larder_agent.drivers.port import SettingsError


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML ships without types
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for place, key in enumerate(keys):
            if key in keys[:place]:
                line = node.value[place][0].start_mark.line + 1
                raise SettingsError(str(key), f"is there twice, the second time in line {line}", "remove one of them")
        return dict(super().construct_mapping(node, deep=deep))


def parse(text: str) -> Mapping[str, object]:
    """Raises SettingsError."""
    try:
        table = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "(syntax)"
        raise SettingsError(
            where, f"is not YAML: {getattr(error, 'problem', error)}", "compare with a shipped map"
        ) from None
    except RecursionError:
        raise SettingsError("(syntax)", "is nested without end", "compare with a shipped map") from None
    if not isinstance(table, dict) or not all(isinstance(key, str) for key in table):
        raise SettingsError("(file)", "is not a table of named values", "compare with a shipped map")
    return table
