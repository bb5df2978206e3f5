"""Secrets in files of their own, so that settings can be shown, backed up and sent to a colleague."""

from collections.abc import Mapping
from pathlib import Path

from larder_agent.drivers.port import SettingsError

LONGEST = 4096  # bytes; a password file that is longer is some other file


class FileSecrets:
    """The SecretReader over a driver's settings: `<name>_file` is a path, taken from `folder` if it is relative."""

    def __init__(self, settings: Mapping[str, object], folder: Path) -> None:
        self._settings = settings
        self._folder = folder

    def read(self, name: str) -> str:
        """The file's first line. Raises SettingsError with the key and the path, never with the content."""
        key = f"{name}_file"
        path = self._folder / str(self._settings.get(key, ""))
        try:
            with path.open("rb") as file:
                content = file.read(LONGEST + 1)
            text = content.decode()
        except OSError as error:
            raise SettingsError(
                key,
                f"cannot read {path}: {error.strerror}",
                "make the file, mode 0600, with the secret "
                "in its first line, readable by the user that the agent runs as",
            ) from None
        except UnicodeDecodeError:
            raise SettingsError(key, f"{path} is not a text in UTF-8", "write the secret as one line of text") from None
        lines = text.splitlines()
        if len(content) > LONGEST or len(lines) != 1 or not lines[0]:
            raise SettingsError(key, f"{path} does not hold one line with a secret", "one line, nothing else")
        return lines[0]
