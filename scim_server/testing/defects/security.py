"""Something is given away (RFC 7644 §7, RFC 7643 §9)."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from scim_server.testing.defects.bending import (
    everything,
    is_listing,
    is_query,
    page_of,
    parameter,
    set_parameter,
)
from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Document,
    Server,
    Told,
    defect,
    telling,
)

_passwords: dict[str, str] = {}


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"security-{name}", "security", what)(breakage)


def _sent(asked: Asked) -> Any:
    document = asked.json
    if not isinstance(document, dict):
        return None
    for operation in document.get("Operations") or []:
        if isinstance(operation, dict) and operation.get("path") == "password":
            return operation.get("value")
    return document.get("password")


def _clear(password: str) -> str:
    return password


def _hash(password: str) -> str:
    return "$sha256$" + hashlib.sha256(password.encode()).hexdigest()


def _showing(test: Callable[[Asked], object], form: Callable[[str], str] = _clear) -> Breakage:
    """Show passwords in some answers."""

    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        document = told.document
        resources = document["Resources"] if is_listing(told) else [document]
        if isinstance(_sent(asked), str) and told.ok:
            found = document.get("id") or asked.path.rpartition("/")[2]
            _passwords[str(found)] = _sent(asked)
        if told.ok and test(asked):
            for one in resources:
                if one.get("id") in _passwords:
                    one["password"] = form(_passwords[one["id"]])
            told.json = document
        return told

    return breakage


def _method(method: str, *, parts: int = 0) -> Callable[[Asked], object]:
    return lambda asked: asked.method == method and parts in (0, asked.path.count("/"))


_define("password-in-create", "A creation shows the password.", _showing(_method("POST", parts=1)))
_define("password-in-get", "A reading shows the password.", _showing(_method("GET", parts=2)))
_define("password-in-lists", "Lists show passwords.", _showing(_method("GET", parts=1)))
_define("password-in-put", "A PUT shows the password.", _showing(_method("PUT")))
_define("password-in-patch", "A PATCH shows the password.", _showing(_method("PATCH")))
_define(
    "password-in-search",
    "Searches show passwords.",
    _showing(lambda a: a.path.endswith("/.search")),
)
_define(
    "password-if-asked-for",
    "`attributes=password` shows it.",
    _showing(lambda a: "password" in a.query.get("attributes", "")),
)
_define(
    "password-if-asked-in-capitals",
    "`attributes=PASSWORD` shows it.",
    _showing(lambda a: "PASSWORD" in a.query.get("attributes", "")),
)
_define(
    "password-if-asked-by-urn",
    "The password's URN in `attributes` shows it.",
    _showing(lambda a: ":password" in a.query.get("attributes", "")),
)
_define(
    "password-hash-in-get",
    "A reading shows the password's hash.",
    _showing(_method("GET", parts=2), _hash),
)
_define(
    "password-masked-in-get",
    "A reading shows stars for the password.",
    _showing(_method("GET", parts=2), lambda _: "****"),
)
_define(
    "password-in-root-search",
    "Searches of everything show passwords.",
    _showing(lambda a: a.path == "/.search"),
)
_define(
    "bcrypt-in-get",
    "A reading shows the password's hash under another name.",
    telling(
        lambda a, t: _show_hash(t, lambda _: "$2b$12$KIXxPfAK0jP2Z7x2n1mI4uFz8v1m3J5H8Qabcd"),
        method="GET",
        status=200,
    ),
)
_define(
    "digest-in-get",
    "A reading shows a digest of the password under another name.",
    lambda a, s: _show_digest(a, s),
)
_define(
    "password-in-patch-errors",
    "The refusal of a PATCH repeats the body.",
    lambda a, s: _repeating(a, s) if a.method == "PATCH" else s(a),
)
_define("password-in-bulk", "Bulk answers have the data.", lambda a, s: _bulk_data(a, s))
_define("password-in-errors", "Errors repeat the body.", lambda a, s: _repeating(a, s))
_define(
    "password-in-extension-form",
    "A creation shows the password under its URN.",
    lambda a, s: _qualified(a, s),
)


def _show_hash(told: Told, form: Callable[[str], str]) -> None:
    found = _passwords.get(str(told.document.get("id")), "")
    if told.document.get("userName"):
        told.json = told.document | {"passwordHash": form(found)}


def _show_digest(asked: Asked, server: Server) -> Told:
    told = _showing(lambda _: False)(asked, server)
    if asked.method == "GET" and told.document.get("id") in _passwords:
        _show_hash(told, lambda password: hashlib.sha256(password.encode()).hexdigest())
    return told


def _bulk_data(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if asked.path == "/Bulk" and told.ok:
        results = zip(told.document["Operations"], asked.json["Operations"], strict=False)
        shown = [one | {"response": sent.get("data")} for one, sent in results]
        told.json = told.document | {"Operations": shown}
    return told


def _repeating(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if told.status >= 400 and asked.body:
        said = f"Refused: {asked.body.decode('utf-8', 'replace')}"
        told.json = told.document | {"detail": said}
    return told


def _qualified(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if asked.method == "POST" and told.status == 201 and isinstance(_sent(asked), str):
        urn = "urn:ietf:params:scim:schemas:core:2.0:User:password"
        told.json = told.document | {urn: _sent(asked)}
    return told


def _password_filter(operators: str) -> Breakage:
    """Know passwords in filters, as if they were stored in clear."""

    def breakage(asked: Asked, server: Server) -> Told:
        text = str(parameter(asked, "filter") or "")
        found = re.fullmatch(rf'(.*) and password ({operators}) "([^"]*)"', text)
        if not found or not is_query(asked):
            return _showing(lambda _: False)(asked, server)
        set_parameter(asked, "filter", found[1])
        return page_of(
            asked, [o for o in everything(asked, server) if _holds(o, found[2], found[3])]
        )

    return breakage


def _holds(one: Document, operator: str, literal: str) -> bool:
    password = _passwords.get(one["id"], "")
    tests = {
        "eq": password == literal,
        "sw": password.startswith(literal),
        "co": literal in password,
    }
    return tests[operator]


_define("password-begins", "A filter tells how a password begins.", _password_filter("sw"))
_define("password-contains", "A filter tells what a password contains.", _password_filter("co"))
_define("password-is", "A filter tells whether a password is right.", _password_filter("eq"))

_TRACE = 'Traceback (most recent call last):\n  File "/srv/app/views.py", line 42, in post'


def _saying(detail: str, *, status: int = 0) -> Breakage:
    def edit(asked: Asked, told: Told) -> None:
        if told.status >= 400:
            told.json = told.document | {"detail": detail}

    return telling(edit, status=status)


_define("python-traces", "Errors show a stack trace of Python.", _saying(_TRACE))
_define(
    "java-traces",
    "Errors show a stack trace of Java.",
    _saying("java.lang.NullPointerException\n at com.x.Users.post(Users.java:42)"),
)
_define(
    "node-traces",
    "Errors show a stack trace of Node.",
    _saying("TypeError: x\n    at Users.post (/srv/users.js:42:7)"),
)
_define(
    "database-errors",
    "Errors show those of the database.",
    _saying("sqlite3.OperationalError: near SELECT", status=400),
)
_define(
    "html-of-what-was-sent", "A 404 is a web page that repeats the path.", lambda a, s: _page(a, s)
)
_define(
    "quotes-break-filters",
    "A quote in a filter is a 500.",
    lambda a, s: Told.error(500) if "'" in str(parameter(a, "filter") or "") else s(a),
)
_define(
    "filters-are-injected",
    "A filter that looks like a query of a database finds everybody.",
    lambda a, s: _injected(a, s),
)
_define(
    "ids-are-injected",
    "An id that looks like a query of a database finds somebody.",
    lambda a, s: _anybody(a, s),
)
_define("token-in-errors", "Errors repeat the token.", telling(lambda a, t: _told_token(a, t)))
_define(
    "token-in-401",
    "A 401 repeats the wrong token.",
    telling(lambda a, t: _told_token(a, t), status=401),
)
_define("paths-lead-out", "`..` in an id leads to another type.", lambda a, s: _leading_out(a, s))


def _page(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if told.status == 404:
        told.headers["Content-Type"] = "text/html"
        told.body = f"<h1>{asked.path} not found</h1>".encode()
    return told


def _injected(asked: Asked, server: Server) -> Told:
    if re.search(r"\bOR\b|DROP|\*\)", str(parameter(asked, "filter") or "")) and is_query(asked):
        set_parameter(asked, "filter", None)
    return server(asked)


def _anybody(asked: Asked, server: Server) -> Told:
    if asked.method == "GET" and "OR" in asked.path.rpartition("/")[2].split():
        found = server(asked.other("GET", "/Users", query="count=1")).document["Resources"]
        return Told.of(200, found[0])
    return server(asked)


def _told_token(asked: Asked, told: Told) -> None:
    sent = asked.header("Authorization")
    if told.status >= 400 and sent:
        told.json = told.document | {"detail": f"Refused for {sent}."}


def _leading_out(asked: Asked, server: Server) -> Told:
    if "../" in asked.path:
        asked.path = "/" + asked.path.partition("../")[2]
    return server(asked)
