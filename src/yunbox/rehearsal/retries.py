"""When a request may be tried again, and how many such tries are allowed."""

from __future__ import annotations

from yunbox.rehearsal.plan import Retry
from yunbox.rehearsal.templates import mixed


class Budget:
    """Bounds retries to a share of the requests, so that a failure does not become a storm."""

    def __init__(self, retry: Retry, parts: int = 1) -> None:
        """Give out one of `parts` equal parts of the plan's budget."""
        self._share = retry.budget
        self._saved = retry.saved / parts
        self._left = min(retry.reserve / parts, self._saved)

    def earn(self) -> None:
        """A first attempt was sent."""
        self._left = min(self._saved, self._left + self._share)

    def spend(self) -> bool:
        """Take one retry; return whether there was one to take."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


def wait(retry: Retry, attempt: int, seed: int, number: int) -> float:
    """Return how long to wait after attempt number `attempt` (1 is the first)."""
    full = min(retry.wait * float(1 << (attempt - 1)), retry.wait_limit)
    return full * (0.5 + mixed(seed, number, attempt + 7_000_000) / float(1 << 65))


def allowed(retry: Retry, *, attempt: int, repeatable: bool, reached: bool) -> bool:
    """Whether HTTP and the plan let it be sent again: it may be repeated, or never reached the server."""
    return attempt < retry.attempts and (repeatable or not reached)
