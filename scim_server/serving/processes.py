"""Runs a WSGI app on granian: workers in processes of their own, on one socket.

The socket is bound before anything is announced, and shared: what waits in it is lost with no
worker. A worker that dies is replaced. On SIGTERM or SIGINT the socket is closed, and each worker
ends when it has answered what it has taken.
"""

# mypy: allow-untyped-calls
# (of granian, whose servers are typed in part)

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Final

from granian import _signals
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from scim_server.observe import WsgiApp
from scim_server.serving.logs import log_configuration
from scim_server.serving.sockets import room_for

# Threads that wait for bodies cost little: those that work are counted by `gate.py`.
_WAITING_THREADS: Final = 128
_HEADERS: Final = 64 * 1024
_BACKLOG: Final = 1024
# A worker that ended sooner than this is replaced after a pause, not to burn the processor.
_SHORT_LIFE: Final = 5.0
_PAUSE: Final = 1.0
_NUDGE: Final = 0.5
# On SIGHUP a worker is stopped when the one in its place has had so long to get ready.
_OVERLAP: Final = 1.0
# A descriptor, whether it is a socket of Unix's own, and its backlog; its types say otherwise.
_HOLDER: Final[Any] = SocketHolder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Serving:
    """How an app is served.

    :param connections: how many a worker keeps open at most.
    :param idle_seconds: how long a connection may say nothing, or be in the middle of a head.
    :param drain_delay: seconds between the order to stop and the stop; `on_drain` is called before.
    :param drain_seconds: how long answers in the making are waited for.
    :param tls: the files of the certificate and of its key.
    """

    workers: int = 1
    connections: int = 4000
    idle_seconds: float = 75
    drain_delay: float = 0
    drain_seconds: int = 30
    tls: tuple[Path, Path] | None = None
    log_level: str = "warning"


class ProcessServer(MPServer):
    """A WSGI app on a socket that listens already, in worker processes.

    :param load: makes the app, in each worker.
    :param ready: called when the workers are started.
    :param draining: called when the server is told to stop, before it does.
    """

    def __init__(
        self,
        listening: socket.socket,
        serving: Serving,
        ready: Callable[[], None] = lambda: None,
        draining: Callable[[], None] = lambda: None,
    ) -> None:
        cert, key = serving.tls or (None, None)
        super().__init__(
            "scim-server",
            interface=Interfaces.WSGI,
            workers=serving.workers,
            blocking_threads=_WAITING_THREADS,
            blocking_threads_idle_timeout=600,
            backlog=_BACKLOG,
            backpressure=room_for(serving.connections),
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(
                header_read_timeout=int(serving.idle_seconds * 1000), max_buffer_size=_HEADERS
            ),
            websockets=False,
            respawn_failed_workers=True,
            respawn_interval=_OVERLAP,
            workers_kill_timeout=serving.drain_seconds,
            ssl_cert=cert,
            ssl_key=key,
            ssl_protocol_min=SSLProtocols.tls12,
            log_level=LogLevels.error,
            log_dictconfig=log_configuration(serving.log_level),
        )
        self._given = listening
        self._serving = serving
        self._ready = ready
        self._draining = draining

    def run(self, load: Callable[[], WsgiApp]) -> None:
        """Serve until a signal says to stop, and everything that was taken is answered."""
        loader = partial(_loaded, load, self._serving.drain_seconds)
        self.serve(target_loader=loader, wrap_loader=False)

    def startup(self, spawn_target: Any, target_loader: Any) -> None:
        """Start the workers, and say so."""
        super().startup(spawn_target, target_loader)
        self._ready()

    def shutdown(self, exit_code: int = 0) -> None:
        """Stop the workers, after the time in which it is told that they are about to."""
        if self._serving.drain_delay:
            self._draining()
            self.main_loop_interrupt.clear()  # Another signal cuts it short.
            self.main_loop_interrupt.wait(self._serving.drain_delay)
        self.interrupt_children.clear()
        super().shutdown(exit_code)

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        """Begin to stop. Ctrl-C has come to the workers too: that they end is no fault."""
        for worker in self.wrks:
            worker.interrupt_by_parent = True
        super().signal_handler_interrupt(*args, **kwargs)

    def _init_shared_socket(self) -> None:
        self._sso = self._given
        self._shd = _HOLDER(self._given.fileno(), False, _BACKLOG)
        self._ssp = None

    def _spawn_workers(self, *args: Any, **kwargs: Any) -> None:
        with _signals_held():
            super()._spawn_workers(*args, **kwargs)

    def _stop_workers(self) -> None:
        """Tell the workers to stop, and kill those that do not in time."""
        until = time.monotonic() + self._serving.drain_seconds
        ends = {worker.inner.sentinel: worker for worker in self.wrks}
        while ends and (left := until - time.monotonic()) > 0:
            for worker in ends.values():
                worker.terminate()  # Again: one that is not listening yet would miss it.
            for end in wait(ends, min(left, _NUDGE)):
                ends.pop(end)
        for worker in ends.values():
            log.error("worker %d did not stop in time: killed", worker.inner.pid)
            worker.kill()
        self.wrks.clear()

    def _respawn_workers(self, workers: Any, *args: Any, **kwargs: Any) -> None:
        """Replace workers, for ever: those that do not live long are given time."""
        if any(time.monotonic() - self.wrks[at].birth < _SHORT_LIFE for at in workers):
            self.main_loop_interrupt.wait(_PAUSE)
        with _signals_held():
            super()._respawn_workers(workers, *args, **kwargs)
        self.respawned_wrks.clear()


_STOP: Final = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Keep signals for later: a new process has the handlers of its parent for a moment."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)


def _loaded(load: Callable[[], WsgiApp], drain_seconds: float) -> WsgiApp:
    """Make the app in a worker, which ends when its parent is no more."""
    for number in _STOP:
        signal.signal(number, lambda *_: os._exit(0))  # It has taken no request yet.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
    _signals.set_main_signals = _hear_once
    watching = threading.Thread(target=_end_with_parent, args=(drain_seconds,), daemon=True)
    watching.start()
    return load()


def _hear_once(stop: Callable[..., Any], *_: Any) -> None:
    """Let a worker be told to stop once; granian's own handler blocks all its threads at the third.

    It then waits to send to who has heard it already, and does not let go of the interpreter.
    """

    def heard(*arguments: Any) -> None:
        for number in _STOP:
            signal.signal(number, signal.SIG_IGN)
        stop(*arguments)

    for number in _STOP:
        signal.signal(number, heard)


def _end_with_parent(drain_seconds: float) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        until = time.monotonic() + drain_seconds
        while time.monotonic() < until:
            os.kill(os.getpid(), signal.SIGTERM)  # Again: one that comes too early is lost.
            time.sleep(_NUDGE)
        os._exit(1)
