"""What the WSGI servers are compared with: a bare Flask view, and our GET by id."""

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from flask import Flask, jsonify

DATABASE = "bench.db"
USERS = 1000


def fill(folder: Path) -> None:
    """Make the database anew that the SCIM server is to serve."""
    sys.path.insert(0, str(Path(__file__).parent))
    from population import fill as fill_with

    for file in folder.glob(f"{DATABASE}*"):
        file.unlink()
    fill_with(str(folder / DATABASE), USERS)


def hello() -> Flask:
    """Return a bare view of JSON, and one that takes a second."""
    app = Flask("hello")
    app.get("/hello")(lambda: jsonify(message="hello"))

    @app.get("/slow")
    def slow() -> Any:
        time.sleep(1)
        return jsonify(message="slow")

    return app


def scim() -> Any:
    """Return the SCIM server over the database that the environment names."""
    from scim_server import Config, create_app

    settings = {"tokens": [os.environ["BENCH_TOKEN"]], "database": os.environ["BENCH_DATABASE"]}
    return create_app(Config.load(settings))


def around() -> Any:
    """Return the bare view with all that stands around the SCIM server's app in production."""
    from scim_server.serving.access_log import AccessLog
    from scim_server.serving.metrics import Metrics
    from scim_server.serving.production import Surroundings, production

    folder = Path(tempfile.mkdtemp())
    metrics, log = Metrics(folder, "/scim/v2", []), AccessLog(str(folder / "access.log"))
    pages = {"/metrics": metrics.page}
    around = Surroundings(8, 1 << 20, pages, (metrics, log), metrics=metrics)
    return production(hello(), around)


APPS = {"hello": hello, "scim": scim, "around": around}


def app_of(name: str) -> Any:
    """Return an app by its name; in the process that is to serve it."""
    return APPS[name]()
