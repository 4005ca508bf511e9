"""The measure of all ratios: a bare Flask view of JSON, under the server's own WSGI server."""

from flask import Flask, jsonify

from scim_server.serving.processes import ProcessServer, Serving
from scim_server.serving.sockets import listen, origin_of


def hello() -> Flask:
    app = Flask("hello")
    app.get("/hello")(lambda: jsonify(message="hello"))
    return app


def main() -> None:
    with listen("127.0.0.1", 0) as listening:
        origin = origin_of(listening, "127.0.0.1")
        ready = lambda: print(f"Listening on {origin}", flush=True)  # noqa: E731
        ProcessServer(listening, Serving(), ready=ready).run(hello)


if __name__ == "__main__":
    main()
