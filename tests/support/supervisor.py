"""What systemd does for a program, for tests: start it again whenever it ends otherwise than asked, and keep its exit codes.

`python tests/support/supervisor.py EXITS -- PROGRAM ...`: each end is one line of the file EXITS (negative: the signal). SIGTERM is
the program's own to obey: it reaches the whole group, and the supervisor only waits. It ends with 0 or 78 of the program, as
`Restart=on-failure` and `RestartPreventExitStatus=78` do.
"""

import signal
import subprocess
import sys
import threading
from pathlib import Path

PAUSE_S = 0.3
FINAL = (0, 78)


def main(exits: Path, argv: list[str]) -> int:
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: asked.set())
    while True:
        code = subprocess.Popen(argv).wait()
        with exits.open("a") as out:
            out.write(f"{code}\n")
        if code in FINAL or asked.wait(PAUSE_S):
            return max(0, code)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[3:]))
