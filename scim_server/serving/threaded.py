"""Runs a WSGI app on waitress, in any thread: for tests, and where processes are not wanted."""

import logging
import threading
import time
from typing import Any, Final

import orjson
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask

from scim_protocol import urns
from scim_protocol.errors import error_from
from scim_server.serving.sockets import listen, origin_of, room_for

_DRAIN_SECONDS: Final = 10.0
_CONNECTIONS: Final = 2000
# One that says nothing is let go after so long, seen to as often as this.
_IDLE_SECONDS: Final = 15
_CLEANUP_SECONDS: Final = 5


class ThreadedServer:
    """A WSGI app at an address. Made, it is bound; `run` answers requests until `stop`.

    :param threads: how many requests are answered at once.
    """

    def __init__(
        self,
        app: Any,
        host: str = "127.0.0.1",
        port: int = 0,
        max_body: int = 0,
        threads: int = 8,
    ) -> None:
        # Waitress warns of every request that waits for a thread, which is not a fault.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._socket = listen(host, port)
        self._server = create_server(
            app,
            sockets=[self._socket],
            threads=threads,
            # Connections that send nothing are let go, and there is room for many of them.
            connection_limit=room_for(_CONNECTIONS),
            channel_timeout=_IDLE_SECONDS,
            cleanup_interval=_CLEANUP_SECONDS,
            ident="scim-server",
            # What URLs are made of for a request of HTTP/1.0, which may name no host.
            server_name=host,
            # The app answers 413 in SCIM's form; only what is far larger is cut off before it.
            max_request_body_size=max(64 * 1024 * 1024, 4 * max_body),
        )
        self._server.channel_class = _CHANNEL
        self._stopping = self._closed = False
        # Held to wake `run`, and to close what wakes it; by a signal handler in its own thread too.
        self._waking = threading.RLock()
        self.port: int = self._socket.getsockname()[1]
        self.origin = origin_of(self._socket, host)

    def run(self) -> None:
        """Answer requests until `stop` is called; then finish what was begun."""
        try:
            # A signal that comes right before the wait is only seen after it: so it is a short one.
            while not self._stopping:
                self._loop(timeout=0.5)
            self._drain()
        finally:
            self._close()

    def stop(self) -> None:
        """Let `run` come to its end; for any thread, and for signal handlers."""
        self._stopping = True
        with self._waking:
            if not self._closed:
                self._server.pull_trigger()

    def _loop(self, timeout: float) -> None:
        wasyncore.loop(timeout=timeout, map=self._server._map, use_poll=True, count=1)

    def _drain(self) -> None:
        """Take no new connection, and wait for answers that are being made or sent."""
        self._server.accepting = False
        deadline = time.monotonic() + _DRAIN_SECONDS
        while any(map(_is_busy, self._channels())) and time.monotonic() < deadline:
            self._loop(timeout=0.1)

    def _channels(self) -> list[Any]:
        return list(self._server.active_channels.values())

    def _close(self) -> None:
        self._server.task_dispatcher.shutdown()
        with self._waking:
            self._closed = True
            wasyncore.close_all(self._server._map)
        self._socket.close()


def _answer_error(task: Any) -> None:
    """Answer what is not HTTP enough to come to the app, in the form of RFC 7644 §3.12."""
    error = task.request.error
    body = orjson.dumps(error_from(error.code, {"detail": str(error.body)}).to_json())
    task.status = f"{error.code} {error.reason}"
    task.response_headers.append(("Content-Type", urns.SCIM_JSON))
    task.set_close_on_finish()
    task.content_length = len(body)
    task.write(body)


# waitress has no types: its classes are given what is ours instead of being declared anew.
_ERROR: Final = type("_Error", (ErrorTask,), {"execute": _answer_error})
_CHANNEL: Final = type("_Channel", (HTTPChannel,), {"error_task_class": _ERROR})


def _is_busy(channel: Any) -> bool:
    return bool(channel.requests or channel.total_outbufs_len)
