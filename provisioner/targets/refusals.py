"""A client that notices that a write was refused: perhaps its target no longer does what it did."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from scim_client import NotScim, ScimClient, ScimError
from scim_client.answers import Resource
from scim_client.transport import Answer
from scim_protocol.errors import NoTarget

_NOT_TAKEN: Final = frozenset({400, 404, 405, 501})


def _nothing() -> None:
    return None


class RefusalsSeen(ScimClient):
    """A client that calls `on_refusal` before it raises what refused a write."""

    on_refusal: Callable[[], None] = staticmethod(_nothing)

    def exchange(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        etag: str | None = None,
        reading: bool = False,
    ) -> tuple[Answer, Resource | None]:
        """Send a request, as every client does."""
        try:
            return super().exchange(
                method, path, query=query, body=body, etag=etag, reading=reading
            )
        except (NotScim, ScimError) as error:
            of_one_object = isinstance(error, NoTarget)
            if error.status in _NOT_TAKEN and not (method == "GET" or reading or of_one_object):
                self.on_refusal()
            raise
