"""A person at a terminal, who types into a command that runs there."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass


@dataclass
class Typist:
    """A person at a terminal."""

    process: subprocess.Popen[bytes]
    screen: int
    seen: bytes = b""

    def read_until(self, text: str, seconds: float = 30) -> str:
        end = time.monotonic() + seconds
        while text.encode() not in self.seen and time.monotonic() < end:
            if select.select([self.screen], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.screen, 65536)
                except OSError:  # the other side has closed
                    break
        return self.seen.decode(errors="replace")

    def type(self, keys: str) -> None:
        os.write(self.screen, keys.encode())

    def end(self) -> int:
        self.read_until("\0nothing prints this", 0.5)
        code = self.process.wait(timeout=30)
        self.read_until("\0nothing prints this", 0.5)
        return code


def sit_down(*arguments: object, **environment: str) -> Typist:
    """Start a command of ours on a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "scaffold", *map(str, arguments)]
    kept = {key: value for key, value in os.environ.items() if key not in ("CI", "NO_COLOR")}
    environment = {**kept, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", **environment}
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
        # At a terminal Ctrl-C is heard, whoever runs the tests: a job in the background is deaf to it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    os.close(theirs)
    return Typist(process, ours)
