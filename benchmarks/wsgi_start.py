"""Starts a WSGI app on one of the servers that are compared: `python -m benchmarks.wsgi_start`.

python -m benchmarks.wsgi_start {waitress,gunicorn,granian,cheroot} {hello,scim} PORT WORKERS
"""

import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.wsgi_apps import app_of

THREADS = int(os.environ.get("BENCH_THREADS", "8"))


def waitress(app: str, port: int, workers: int) -> None:
    from waitress import create_server

    listening = socket.create_server(("127.0.0.1", port), backlog=1024)

    def serve() -> None:
        server = create_server(app_of(app), sockets=[listening], threads=THREADS)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        server.run()

    forked(serve, workers)


def cheroot(app: str, port: int, workers: int) -> None:
    from cheroot.wsgi import Server

    def serve() -> None:
        server = Server(("127.0.0.1", port), app_of(app), numthreads=THREADS, reuse_port=True)
        signal.signal(signal.SIGTERM, lambda *_: setattr(server, "interrupt", SystemExit()))
        try:
            server.start()
        except SystemExit:
            server.stop()

    forked(serve, workers)


def gunicorn(app: str, port: int, workers: int) -> None:
    from gunicorn.app.base import BaseApplication

    class Application(BaseApplication):
        def load_config(self) -> None:
            settings = {
                "bind": f"127.0.0.1:{port}",
                "workers": workers,
                "worker_class": "gthread",
                "threads": THREADS,
                "keepalive": 60,
                "control_socket_disable": True,
                "accesslog": None,
                "loglevel": "warning",
            }
            for name, value in settings.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            return app_of(app)

    Application().run()


def granian(app: str, port: int, workers: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        app,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        websockets=False,
        respawn_failed_workers=True,
        log_level="warning",
    ).serve(target_loader=app_of)


def forked(serve: Callable[[], None], workers: int) -> None:
    """Serve in so many processes: waitress and cheroot have no workers of their own."""
    pids = []
    for _ in range(workers):
        if not (pid := os.fork()):
            serve()
            os._exit(0)
        pids.append(pid)

    def stop(*_: object) -> None:
        for pid in pids:
            os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    for pid in pids:
        os.waitpid(pid, 0)


SERVERS: dict[str, Callable[[str, int, int], None]] = {
    "granian": granian,
    "gunicorn": gunicorn,
    "waitress": waitress,
    "cheroot": cheroot,
}

if __name__ == "__main__":
    name, app, port, workers = sys.argv[1:]
    sys.argv = sys.argv[:1]
    partial(SERVERS[name], app, int(port), int(workers))()
