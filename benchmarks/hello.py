"""The measure of all ratios: a bare Flask view of JSON, under the server's own WSGI server."""

import signal

from flask import Flask, jsonify

from scim_server.serve import Server


def main() -> None:
    app = Flask("hello")
    app.get("/hello")(lambda: jsonify(message="hello"))
    server = Server(app)
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    print(f"Listening on {server.origin}", flush=True)
    server.run()


if __name__ == "__main__":
    main()
