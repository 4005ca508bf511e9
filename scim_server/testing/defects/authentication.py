"""Whoever comes is let in, or nobody is (RFC 7644 §2)."""

from collections.abc import Callable

from scim_server.testing.defects.mechanism import Asked, Breakage, Server, Told, defect, telling

_known: dict[str, str] = {}


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"auth-{name}", "authentication", what)(breakage)


def _letting_in(test: Callable[[Asked, str, str], object]) -> Breakage:
    """Let in whoever passes a test, which sees what was sent and what is right.

    What is right is learned from who was let in: a run begins by reading what it may.
    """

    def breakage(asked: Asked, server: Server) -> Told:
        sent = asked.header("Authorization") or ""
        told = server(asked)
        host = asked.header("Host") or ""
        if told.status != 401 and sent:
            _known[host] = sent
        right = _known.get(host, "")
        if told.status == 401 and right and test(asked, sent, right):
            asked.set_header("Authorization", right)
            return server(asked)
        return told

    return breakage


def _unguarded(method: str, path: str = "/", *, parts: int = 0) -> Breakage:
    """Let everybody do one thing."""
    return _letting_in(
        lambda asked, sent, right: (
            asked.method == method
            and asked.path.startswith(path)
            and parts in (0, asked.path.count("/"))
        )
    )


def _token(header: str) -> str:
    return header.partition(" ")[2]


_define("nobody-is-asked", "Nobody is asked for credentials.", _letting_in(lambda a, s, r: True))
_define("any-token", "Any token will do.", _letting_in(lambda a, s, r: s.startswith("Bearer ")))
_define("any-header", "Any Authorization header will do.", _letting_in(lambda a, s, r: s))
_define(
    "no-header-will-do", "Who sends no credentials is let in.", _letting_in(lambda a, s, r: not s)
)
_define(
    "token-in-url",
    "The token is taken from the URL, too.",
    _letting_in(lambda a, s, r: a.query.get("access_token") == _token(r)),
)
_define(
    "token-in-url-by-another-name",
    "A token in the URL is taken as `api_key`.",
    _letting_in(lambda a, s, r: a.query.get("api_key") == _token(r)),
)
_define(
    "other-spellings-open",
    "Who writes the path in small letters is let in.",
    lambda a, s: _spelled(a, s),
)
_define(
    "beginning-of-token",
    "The beginning of the token will do.",
    _letting_in(lambda a, s, r: len(s) > 9 and r.startswith(s)),
)
_define(
    "end-of-token",
    "The end of the token will do.",
    _letting_in(lambda a, s, r: len(_token(s)) > 3 and r.endswith(_token(s))),
)
_define(
    "longer-token",
    "A token that begins with the right one will do.",
    _letting_in(lambda a, s, r: s.startswith(r)),
)
_define(
    "token-within",
    "A token that contains the right one will do.",
    _letting_in(lambda a, s, r: _token(r) in _token(s)),
)
_define(
    "token-in-any-case",
    "The case of the token does not count.",
    _letting_in(lambda a, s, r: s.lower() == r.lower()),
)
_define(
    "empty-token",
    "An empty token will do.",
    _letting_in(lambda a, s, r: s in ("Bearer", "Bearer ")),
)
_define("null-token", "`null` will do as a token.", _letting_in(lambda a, s, r: s == "Bearer null"))
_define(
    "empty-basic",
    "An empty name and password will do.",
    _letting_in(lambda a, s, r: s == "Basic Og=="),
)
_define(
    "any-scheme",
    "The token will do under any scheme.",
    _letting_in(lambda a, s, r: _token(s) == _token(r)),
)
_define(
    "bare-token", "The token will do without a scheme.", _letting_in(lambda a, s, r: s == _token(r))
)
_define("lists-open", "Everybody may list users.", _unguarded("GET", "/Users", parts=1))
_define("users-open", "Everybody may read a user.", _unguarded("GET", "/Users/"))
_define("groups-open", "Everybody may list groups.", _unguarded("GET", "/Groups", parts=1))
_define("group-open", "Everybody may read a group.", _unguarded("GET", "/Groups/"))
_define("search-open", "Everybody may search users.", _unguarded("POST", "/Users/.search"))
_define("groups-search-open", "Everybody may search groups.", _unguarded("POST", "/Groups/.search"))
_define("root-search-open", "Everybody may search everything.", _unguarded("POST", "/.search"))
_define(
    "root-open",
    "Everybody may list everything.",
    _letting_in(lambda a, s, r: (a.method, a.path) == ("GET", "/")),
)
_define("create-open", "Everybody may create users.", _unguarded("POST", "/Users", parts=1))
_define("replace-open", "Everybody may replace users.", _unguarded("PUT", "/Users/"))
_define("patch-open", "Everybody may change users.", _unguarded("PATCH", "/Users/"))
_define("delete-open", "Everybody may delete users.", _unguarded("DELETE", "/Users/"))
_define(
    "create-groups-open", "Everybody may create groups.", _unguarded("POST", "/Groups", parts=1)
)
_define("replace-groups-open", "Everybody may replace groups.", _unguarded("PUT", "/Groups/"))
_define("patch-groups-open", "Everybody may change groups.", _unguarded("PATCH", "/Groups/"))
_define("delete-groups-open", "Everybody may delete groups.", _unguarded("DELETE", "/Groups/"))
_define("bulk-open", "Everybody may send bulk requests.", _unguarded("POST", "/Bulk"))
_define(
    "wrong-token-may-write",
    "Who sends a wrong token may write.",
    _letting_in(lambda a, s, r: s and a.method in ("PUT", "PATCH", "DELETE")),
)
_define(
    "wrong-token-may-create",
    "Who sends a wrong token may create.",
    _letting_in(lambda a, s, r: s and a.method == "POST" and a.path == "/Users"),
)
_define("head-open", "Everybody may ask for the headers of a user.", _unguarded("HEAD", "/Users/"))
_define(
    "wrong-token-may-read",
    "Who sends a wrong token may read users.",
    _letting_in(lambda a, s, r: s and a.method == "GET" and a.path.startswith("/Users/")),
)
_define(
    "wrong-token-may-read-groups",
    "Who sends a wrong token may read groups.",
    _letting_in(lambda a, s, r: s and a.method == "GET" and a.path.startswith("/Groups")),
)
_define(
    "wrong-token-may-search",
    "Who sends a wrong token may search.",
    _letting_in(lambda a, s, r: s and a.path == "/Users/.search"),
)
_define(
    "wrong-token-may-search-all",
    "Who sends a wrong token may search everything.",
    _letting_in(lambda a, s, r: s and a.path == "/.search"),
)
_define(
    "wrong-token-may-write-groups",
    "Who sends a wrong token may write groups.",
    _letting_in(lambda a, s, r: s and a.method != "GET" and a.path.startswith("/Groups")),
)
_define(
    "basic-with-the-token",
    "The token will do behind Basic.",
    _letting_in(lambda a, s, r: s == f"Basic {_token(r)}"),
)
_define(
    "missing-before-401",
    "Who is not there is 404 for everybody.",
    lambda a, s: _missing_first(a, s),
)
for _place in ("Groups", "Bulk"):
    _define(
        f"{_place.lower()}-without-challenge",
        f"A 401 of /{_place} has no WWW-Authenticate.",
        telling(
            lambda a, t: t.headers.pop("WWW-Authenticate", None) and None,
            path=f"/{_place}",
            status=401,
        ),
    )
_define("401-yet-done", "What is refused with 401 is done.", lambda a, s: _yet_done(a, s))
_define(
    "401-is-403",
    "Without credentials it is 403.",
    telling(lambda a, t: setattr(t, "status", 403), status=401),
)
_define(
    "401-is-404",
    "Without credentials it is 404.",
    telling(lambda a, t: setattr(t, "status", 404), status=401),
)
_define(
    "401-is-302",
    "Without credentials one is sent to a page to sign in.",
    telling(lambda a, t: vars(t).update(vars(Told.of(200, {"login": "/login"}))), status=401),
)
_define(
    "401-is-empty-list",
    "Without credentials the list is empty.",
    telling(lambda a, t: vars(t).update(vars(Told.of(200, {"totalResults": 0}))), status=401),
)
_define(
    "401-without-challenge",
    "A 401 has no WWW-Authenticate.",
    telling(lambda a, t: t.headers.pop("WWW-Authenticate", None) and None, status=401),
)
_define(
    "wrong-token-without-challenge",
    "The 401 of a wrong token has no WWW-Authenticate.",
    telling(
        lambda a, t: a.header("Authorization") and t.headers.pop("WWW-Authenticate", None),
        status=401,
    ),
)
_define(
    "challenge-of-another-scheme",
    "WWW-Authenticate names a scheme that is not taken.",
    telling(lambda a, t: t.headers.set("WWW-Authenticate", 'Negotiate realm="x"'), status=401),
)
_define(
    "scheme-is-case-sensitive",
    "`bearer` is refused.",
    lambda a, s: (
        Told.of(401, {}, **{"WWW-Authenticate": "Bearer"})
        if (a.header("Authorization") or "").startswith(("bearer", "BEARER"))
        else s(a)
    ),
)
_define(
    "malformed-is-500",
    "A malformed Authorization header is a 500.",
    lambda a, s: (
        Told.error(500)
        if a.header("Authorization") in ("Basic !!!", ",", "Basic", "Bearer a b c")
        else s(a)
    ),
)
_define(
    "wrong-token-is-500",
    "A wrong token is a 500.",
    telling(
        lambda a, t: a.header("Authorization") and vars(t).update(vars(Told.error(500))), status=401
    ),
)


def _yet_done(asked: Asked, server: Server) -> Told:
    refused = server(asked)
    right = _known.get(asked.header("Host") or "", "")
    if refused.status != 401:
        _known[asked.header("Host") or ""] = asked.header("Authorization") or ""
    elif asked.method != "GET" and right:
        asked.set_header("Authorization", right)
        server(asked)
    return refused


def _missing_first(asked: Asked, server: Server) -> Told:
    refused = server(asked)
    host = asked.header("Host") or ""
    if refused.status != 401:
        _known[host] = asked.header("Authorization") or ""
    elif asked.method == "GET" and host in _known:
        asked.set_header("Authorization", _known[host])
        found = server(asked)
        return found if found.status == 404 else refused
    return refused


def _spelled(asked: Asked, server: Server) -> Told:
    host = asked.header("Host") or ""
    told = server(asked)
    if told.status != 401 and asked.header("Authorization"):
        _known[host] = asked.header("Authorization") or ""
    if asked.path.startswith(("/users", "/groups")) and host in _known:
        asked.path = asked.path[:2].upper() + asked.path[2:]
        asked.set_header("Authorization", _known[host])
        return server(asked)
    return told
