"""What ends the hub on purpose."""


class FileFailed(RuntimeError):
    """A database file failed. The only right answer is to stop the process: what the next one reads from the disk decides.

    The text names the file and says what to do.
    """


class StandDown(RuntimeError):
    """Another hub with the same key is live and is to stay. Starting this one again would only disturb it."""
