"""How fast somebody may ask: a bucket of requests per name that fills again with time."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

_MOST_NAMES = 10_000


@dataclass
class Pace:
    """`per_second` requests on the long run, `at_once` after a rest; 0 per second: no limit."""

    per_second: float = 50.0
    at_once: float = 200.0
    clock: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait_seconds(self, name: str) -> float:
        """Count one request; seconds until the next is welcome, 0 when this one was."""
        if not self.per_second:
            return 0.0
        now = self.clock()
        left, seen = self._left.get(name, (self.at_once, now))
        left = min(self.at_once, left + (now - seen) * self.per_second)
        if left < 1.0:
            self._left[name] = (left, now)
            return (1.0 - left) / self.per_second
        if len(self._left) > _MOST_NAMES:  # whoever has rested is known no worse by no entry
            self._left = {
                one: (had, at)
                for one, (had, at) in self._left.items()
                if had + (now - at) * self.per_second < self.at_once
            }
        self._left[name] = (left - 1.0, now)
        return 0.0
