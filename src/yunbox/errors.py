"""What a caller of the cloud is told when a request is refused."""

from __future__ import annotations

from collections.abc import Mapping


class CloudError(Exception):
    """A refusal: the vendor's code, an HTTP status, a sentence that helps.

    `ec` is OSS's fine-grained error code (header `x-oss-ec`, element `EC`), empty where the vendor has none.
    `details` are further elements of the error document in the vendor's spelling, such as `StringToSign`.
    `headers` go with the answer, such as `Allow` or `x-oss-delete-marker`.
    No secret may stand in any of them: they reach the client and the log.
    """

    def __init__(
        self,
        code: str,
        status: int,
        message: str,
        *,
        ec: str = "",
        details: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.status = status
        self.message = message
        self.ec = ec
        self.details = dict(details or {})
        self.headers = dict(headers or {})


def not_implemented(what: str) -> CloudError:
    """Return the refusal for something the vendor has and yunbox does not have yet, naming it."""
    return CloudError("NotImplemented", 501, f"yunbox does not implement {what} yet.")
