"""HTTP/1.1 as the fake target needs it: connections that stay open, answers that come late."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Protocol

import orjson

CUT = -1  # the status of an answer that never comes: the connection ends


class Handler(Protocol):
    """What answers requests; everything under `/control` is for who programs it."""

    def handle(
        self, method: str, path: str, body: bytes
    ) -> tuple[tuple[int, dict[str, str], Any], float, bool]:
        """Return status, headers and document; after how many seconds; whether to kill then."""

    def control(self, method: str, path: str, body: bytes) -> Any:
        """Return a document."""

    def begins(self, method: str, path: str) -> None:
        """A request has come in."""

    def ends(self, method: str, path: str) -> None:
        """Its answer goes out."""

    def kill(self) -> None:
        """End the process that asks."""


class Connection(asyncio.Protocol):
    """One client's connection: requests one after another, each answered in its time."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._received = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take in a piece of a request; answer as soon as it is whole."""
        self._received += data
        while True:
            head, found, rest = self._received.partition(b"\r\n\r\n")
            if not found:
                return
            length = _content_length(head)
            if len(rest) < length:
                return
            self._received = rest[length:]
            method, path, _ = head[: head.index(b"\r\n")].decode("latin-1").split(" ")
            self._answer(method, path, rest[:length])

    def _answer(self, method: str, path: str, body: bytes) -> None:
        if path.startswith("/control"):
            self._send(200, {}, self._handler.control(method, path, body))
            return
        self._handler.begins(method, path)
        (status, headers, document), seconds, kills = self._handler.handle(method, path, body)

        def send() -> None:
            self._handler.ends(method, path)
            self._send(status, headers, document)
            if kills:
                self._handler.kill()

        if seconds:
            asyncio.get_running_loop().call_later(seconds, send)
        else:
            send()

    def _send(self, status: int, headers: dict[str, str], document: Any) -> None:
        if status == CUT:
            self._transport.abort()
            return
        body = document if isinstance(document, bytes) else orjson.dumps(document)
        if status == 204:
            body = b""
        lines = {"Content-Type": "application/scim+json", **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        start = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{head}"
        self._transport.write(f"{start}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def serve(handler: Handler, announce: Callable[[int], None]) -> None:
    """Serve on a free port of this machine until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(handler), "127.0.0.1", 0, backlog=256)
    announce(server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()
