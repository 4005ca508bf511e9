"""The body of an answer, read piece by piece: neither its size nor its time is without end."""

from collections.abc import Iterator
from typing import Final

import requests
from urllib3.exceptions import DecodeError, ProtocolError, ReadTimeoutError, SSLError
from urllib3.response import HTTPResponse

from scim_client.clock import Clock

LARGEST: Final = 64 * 1024 * 1024  # bytes, unpacked
PATIENCE: Final = 5  # times the timeout, for an answer that keeps coming in small pieces
_PIECE: Final = 256 * 1024


class TooLarge(Exception):
    """The body is larger than any answer that a client has a use for."""


class TooSlow(requests.exceptions.ReadTimeout):
    """The body keeps coming, too slowly to be waited for."""


def read_body(response: requests.Response, timeout: float, clock: Clock) -> bytes:
    """Return the body, unpacked.

    :param timeout: seconds that the socket waits for a next piece
    :raises TooLarge: :raises TooSlow: as they say
    :raises requests.RequestException: it did not come to its end
    """
    ends = clock.monotonic() + PATIENCE * timeout
    body = bytearray()
    try:
        for piece in _pieces(response):
            body += piece
            if len(body) > LARGEST:
                raise TooLarge
            if clock.monotonic() > ends:
                raise TooSlow
    except BaseException:
        response.close()
        raise
    return bytes(body)


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield what has come, as soon as it has: `iter_content` waits until a piece is full."""
    raw = response.raw
    if not isinstance(raw, HTTPResponse):  # of an adapter that has no socket
        yield from response.iter_content(_PIECE)
        return
    try:
        while piece := raw.read1(_PIECE, decode_content=True):
            yield piece
    except ProtocolError as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error
    except DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error) from error
    except ReadTimeoutError as error:
        raise requests.exceptions.ConnectionError(error) from error
    except SSLError as error:
        raise requests.exceptions.SSLError(error) from error
