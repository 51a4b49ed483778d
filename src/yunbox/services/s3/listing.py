"""What S3's listings leave to their defaults, said as OSS has to be told."""

from __future__ import annotations

from collections.abc import Callable

from yunbox.gateway.http.message import Request
from yunbox.services.s3.vocabulary import asked

_MOST = 1000


def page_of(parameter: str) -> Callable[[Request], Request]:
    """Return a translator of a page's size: 1,000 unless told otherwise, and never more.

    S3 cuts a larger number to that, where OSS refuses it.
    """

    def ask(request: Request) -> Request:
        given = request.query.get(parameter, "")
        if given and not (len(given) <= 10 and given.isascii() and given.isdigit() and int(given) > _MOST):
            return request
        others = [(name, value) for name, value in request.query_pairs if name != parameter]
        return asked(request, query=[*others, (parameter, str(_MOST))])

    return ask
