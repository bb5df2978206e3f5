"""What ends the hub because of a disk or a database file, whichever of its files it was."""


class FileFailed(RuntimeError):
    """A database file failed. The only right answer is to stop the process: what the next one reads from the disk decides.

    The text names the file and says what to do.
    """
