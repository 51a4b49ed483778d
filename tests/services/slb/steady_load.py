"""Requests that go on, side by side, while a test does something to what serves them."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from types import TracebackType
from typing import Self


class SteadyLoad:
    """Within the context, some clients ask without a pause; every other one keeps its connection.

    `outcomes` counts statuses, and the names of exceptions; `servers` the first line of what served.
    """

    def __init__(
        self, address: str, path: str = "/slow?seconds=0.05", port: int = 80, clients: int = 6
    ) -> None:
        self._at = (address, port)
        self._path = path
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(number % 2 == 0,)) for number in range(clients)
        ]
        self.outcomes: Counter[str] = Counter()
        self.servers: Counter[str] = Counter()

    def __enter__(self) -> Self:
        for each in self._threads:
            each.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for each in self._threads:
            each.join()

    def _ask(self, keeps: bool) -> None:
        connection = http.client.HTTPConnection(*self._at, timeout=30)
        while not self._stop.is_set():
            try:
                connection.request("GET", self._path)
                answer = connection.getresponse()
                body = answer.read().decode()
                self.outcomes[str(answer.status)] += 1
                self.servers[body.partition("\n")[0]] += 1
            except (OSError, http.client.HTTPException) as error:
                self.outcomes[type(error).__name__] += 1
                connection.close()
            if not keeps:
                connection.close()
        connection.close()

    @property
    def served(self) -> int:
        """How many requests were answered with 200."""
        return self.outcomes["200"]
