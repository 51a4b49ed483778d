"""The steps that every request passes, in order. Reading `CHAIN` is reading the architecture."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Sequence

from yunbox.control.clock import Clock
from yunbox.control.ids import Ids
from yunbox.errors import CloudError
from yunbox.gateway.exchange import Door, Exchange
from yunbox.gateway.http.message import Request, Response
from yunbox.gateway.record import Recorder

Step = Callable[["Chain", Exchange], Awaitable[Response | None]]


async def find_route(chain: Chain, exchange: Exchange) -> Response | None:
    """Host first, then path, then parameters: which door is this request for, and what is it about?"""
    for door in chain.doors:
        if door.find_route(exchange):
            exchange.door = door
            return None
    raise CloudError(
        "NotImplemented",
        501,
        f"yunbox has no product at {exchange.request.host!r} yet.",
    )


async def authenticate(chain: Chain, exchange: Exchange) -> Response | None:
    """Verify the signature, one file a scheme; unsigned requests go on as the anonymous principal."""
    assert exchange.door is not None
    await exchange.door.authenticate(exchange)
    return None


async def perform(chain: Chain, exchange: Exchange) -> Response | None:
    """Find the operation, authorise it with the policy evaluator, run it, serialise its answer."""
    assert exchange.door is not None
    return await exchange.door.perform(exchange)


CHAIN: tuple[Step, ...] = (
    find_route,
    authenticate,
    perform,
)


class Chain:
    """The application behind every connection: runs the steps, turns refusals into answers, records."""

    def __init__(self, doors: Sequence[Door], clock: Clock, ids: Ids, recorder: Recorder) -> None:
        self.doors = doors
        self.clock = clock
        self.ids = ids
        self.recorder = recorder

    async def __call__(self, request: Request) -> Response:
        """Answer a request. Never raises: what goes wrong inside is logged and answered as InternalError."""
        exchange = Exchange(request, self.ids.request_id(), self.clock.now())
        try:
            response = await self._pass(exchange)
        except CloudError as error:
            response = self._refuse(exchange, error)
        except Exception as error:
            self.recorder.failure(exchange, "".join(traceback.format_exception(error)))
            response = self._refuse(
                exchange,
                CloudError("InternalError", 500, "The server failed on this request; its log says why."),
            )
        self.recorder.watch(exchange, response)
        return response

    async def _pass(self, exchange: Exchange) -> Response:
        for step in CHAIN:
            response = await step(self, exchange)
            if response is not None:
                return response
        raise LookupError("no step of the chain answered")

    def _refuse(self, exchange: Exchange, error: CloudError) -> Response:
        exchange.error_code = error.code
        door = exchange.door or self.doors[0]
        return door.refuse(exchange, error)
