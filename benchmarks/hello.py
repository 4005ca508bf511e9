"""The measure of all ratios: a bare Flask view of JSON, under the server's own WSGI server."""

import sys

from flask import Flask, jsonify
from scim_server.serve import serve


def main() -> None:
    app = Flask("hello")
    app.get("/hello")(lambda: jsonify(message="hello"))
    serve(app, "127.0.0.1", 0, ready=lambda url: print(f"Listening on {url}", flush=True))


if __name__ == "__main__":
    sys.exit(main())
