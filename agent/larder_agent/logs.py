"""Logging: one line a message, key=value, to standard error. journald and a file both keep it readable."""

import logging
import sys
import time
from typing import TextIO


class OneLine(logging.Formatter):
    """2026-03-01T08:00:00.123Z level=warning from=larder.agent text; a traceback follows on the same line, escaped."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        text = record.getMessage()
        if record.exc_info:
            text += " traceback=" + self.formatException(record.exc_info)
        escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
        return f"{at}.{int(record.msecs):03d}Z level={record.levelname.lower()} from={record.name} {escaped}"


def log_to(stream: TextIO = sys.stderr, level: int = logging.INFO) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(OneLine())
    logging.basicConfig(level=level, handlers=[handler], force=True)
