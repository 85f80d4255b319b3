"""Where a night may be hurt on purpose: off unless `SPAREWISE_FAULT` names a point.

`SPAREWISE_FAULT=optimise:middle:kill` kills the process there, `:stop` raises an error that no
stage handles, `:wait` stays there for a minute. Tests show with it that a night cut off anywhere
is taken up again.
"""

import os
import signal
import time

VARIABLE = "SPAREWISE_FAULT"


class Stopped(BaseException):
    """The night ends here, as if its process had died."""


def point(stage: str, place: str) -> None:
    """A point (start, middle or end of a stage) that a test may choose."""
    wanted = os.environ.get(VARIABLE, "")
    if not wanted:
        return
    chosen, _, deed = wanted.rpartition(":")
    if chosen != f"{stage}:{place}":
        return
    if deed == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if deed == "wait":
        time.sleep(60)
        return
    raise Stopped(wanted)
