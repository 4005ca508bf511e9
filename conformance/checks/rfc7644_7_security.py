"""RFC 7644 §7: nothing is given away."""

import re
from collections.abc import Iterator

from conformance.answer import Answer
from conformance.check import MUST, SHOULD, check
from conformance.expect import require
from conformance.material.operations import replace
from conformance.scim import Scim

_LEAST_TOKEN = 8
_TRACES = re.compile(
    r"Traceback \(most recent|File \"[^\"]+\", line \d|\bat [\w.$]+\([\w]+\.(java|kt|scala):\d+\)"
    r"|\bat .+\.(js|ts):\d+:\d+|\.(cs|php|rb|go):\d+|SQLSTATE|sqlite3\.|psycopg|ORA-\d{5}"
    r"|(\w+\.){2,}\w*(Exception|Error)\b|System\.\w+Exception|goroutine \d+"
    r"|UNIQUE constraint failed|violates \w+( \w+)? constraint|error in your SQL|E11000 duplicate"
)
_VERSION = re.compile(r"/v?\d+(\.\d+)+")
_FOREIGN = "https://elsewhere.example"


@check(
    "rfc7644/7/traces",
    MUST,
    "Errors show nothing of the program behind the endpoint.",
    needs=["User"],
    catches=[
        "security-database-errors",
        "security-exception-named",
        "security-java-traces",
        "security-node-traces",
        "security-python-traces",
        "security-traces-of-401",
        "security-traces-of-404",
        "security-traces-of-conflicts",
        "security-unique-index-named",
    ],
)
def traces(scim: Scim) -> None:
    """A stack trace helps an attacker, and tells a client nothing (§3.12: detail is for people)."""
    for answer in _provoked(scim):
        found = _TRACES.search(answer.text)
        require(
            found is None,
            "no stack trace",
            found[0] if found else "",
            answer.exchange,
        )


@check(
    "rfc7644/7/markup",
    MUST,
    "What was sent does not come back as a web page.",
    needs=["User"],
    catches=["security-html-of-what-was-sent"],
)
def markup(scim: Scim) -> None:
    """Where an answer repeats it, it is JSON, which no browser runs."""
    sent = "<script>alert(1)</script>"
    for answer in (
        scim.get(f"{scim.users}/{sent}"),
        scim.get(f"/{sent}"),
        scim.get(scim.users, filter=f'{sent} eq "a"'),
        scim.get(scim.users, sortBy=sent),
    ):
        kind = answer.headers.get("Content-Type", "")
        repeats = sent in answer.exchange.body and "html" in kind.lower()
        require(not repeats, "no HTML with what was sent in it", kind, answer.exchange)


@check(
    "rfc7644/7/injection",
    MUST,
    "What looks like a query of a database is text.",
    needs=["User", "filter"],
    catches=[
        "security-filters-are-injected",
        "security-ids-are-injected",
        "security-quotes-break-filters",
    ],
)
def injection(scim: Scim) -> None:
    """It finds nobody, changes nothing, and is no failure."""
    user = scim.new_user()
    for text in (
        "' OR '1'='1",
        "x') OR 1=1 --",
        '\\" or 1 eq 1 or \\"',
        "*)(uid=*",
        "'; DROP TABLE x",
    ):
        answer = scim.get(scim.users, filter=f'userName eq "{text}"')
        require(answer.status in (200, 400), "status 200 or 400", answer.summary, answer.exchange)
        if answer.status == 200:
            found = answer.must.be_list(counted=False)
            require(not found, "no match", f"{len(found)} users", answer.exchange)
    for id in ("' OR '1'='1", "1 OR 1=1", "*"):
        scim.get(f"{scim.users}/{id}").must.have_status(400, 404)
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/7/token-kept",
    MUST,
    "No answer repeats the token.",
    needs=["User"],
    catches=[
        "security-token-in-401",
        "security-token-in-challenge",
        "security-token-in-errors",
        "security-token-in-headers",
        "security-token-traced",
    ],
)
def token_kept(scim: Scim) -> None:
    """Answers are logged and kept; a refusal of a token is no reason to show it."""
    scim.skip_unless(scim.endpoint.authenticates, "the run has no token: the endpoint may be open")
    wrong = scim.name()
    refused = scim.send("GET", scim.users, authorization=f"Bearer {wrong}")
    require(wrong not in _all_of(refused), "no token", "it is in the answer", refused.exchange)
    given = str(scim.endpoint.authorization()).partition(" ")[2]
    scim.skip_unless(len(given) >= _LEAST_TOKEN, "the token is so short that it may be a word")
    for answer in (
        scim.get(scim.new_user().path),
        scim.get(f"{scim.users}/{scim.name()}"),
        scim.send("TRACE", scim.users),
    ):
        require(given not in _all_of(answer), "no token", "it is in the answer", answer.exchange)


@check(
    "rfc7644/7/foreign-pages",
    SHOULD,
    "A web page of another site gets nothing.",
    needs=["User"],
    catches=["security-any-origin", "security-origin-repeated"],
)
def foreign_pages(scim: Scim) -> None:
    """Access-Control-Allow-Origin is for pages that are known, not for all that ask."""
    origin = {"Origin": _FOREIGN}
    asking = origin | {"Access-Control-Request-Method": "DELETE"}
    user = scim.new_user()
    for answer in (
        scim.send("GET", user.path, headers=origin),
        scim.send("OPTIONS", user.path, headers=asking, authorization=None),
    ):
        allowed = answer.headers.get("Access-Control-Allow-Origin", "none")
        require(allowed not in ("*", _FOREIGN), "no such header", allowed, answer.exchange)


@check(
    "rfc7644/7/talkative",
    SHOULD,
    "Headers do not tell what the endpoint is made of.",
    needs=["User"],
    catches=["security-debug-headers", "security-server-in-detail", "security-versions-told"],
)
def talkative(scim: Scim) -> None:
    """RFC 7231 §7.4.2: versions of its parts tell an attacker what to try; a name is no secret."""
    for answer in (scim.get(scim.new_user().path), scim.get(f"{scim.users}/{scim.name()}")):
        for name, value in answer.headers.items():
            kind = name.lower()
            parts = _VERSION.findall(value)
            told = (
                (kind == "server" and (len(parts) > 2 or "(" in value))
                or (kind == "x-powered-by" and (parts or re.search(r"\d", value)))
                or kind.startswith(("x-aspnet", "x-debug"))
            )
            require(not told, "no such header", f"{name}: {value}", answer.exchange)


@check(
    "rfc7644/7/caches",
    SHOULD,
    "What is known of people is not for caches that everybody shares.",
    needs=["User"],
    catches=["security-for-any-cache"],
)
def caches(scim: Scim) -> None:
    """RFC 7234 §3.2: `public` lets a cache give to anybody what was asked for with a token."""
    for answer in (scim.get(scim.new_user().path), scim.get(scim.users, count=1)):
        told = answer.headers.get("Cache-Control", "")
        require(
            "public" not in told.lower() and "s-maxage" not in told.lower(),
            "no such header",
            f"Cache-Control: {told}",
            answer.exchange,
        )


@check(
    "rfc7644/7/paths",
    SHOULD,
    "A path cannot lead out of its place.",
    needs=["User", "Group"],
    catches=["security-paths-lead-out"],
)
def paths(scim: Scim) -> None:
    """`..` in an id finds nothing; a proxy may resolve it before (RFC 3986 §6.2.2)."""
    group = scim.new_group()
    tail = scim.groups.strip("/")
    for path in (
        f"{scim.users}/%2e%2e/{tail}/{group.id}",
        f"{scim.users}/..%2f{tail}%2f{group.id}",
        f"{scim.users}/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    ):
        answer = scim.get(path)
        shown = (
            answer.ok and (answer.document or {}).get("id") == group.id and "/Users" in answer.url
        )
        require(not shown and answer.status < 500, "404", answer.summary, answer.exchange)


def _provoked(scim: Scim) -> Iterator[Answer]:
    """Make mistakes that have made endpoints fail."""
    user = scim.new_user()
    yield scim.send("POST", scim.users, raw=b'{"userName": ')
    yield scim.send("POST", scim.users, raw=b"\xff\xfe{}")
    yield scim.post(scim.users, {"schemas": "x", "userName": {"a": []}, "emails": 7})
    yield scim.put(user.path, {"schemas": [], "userName": [1], "name": "x"})
    yield scim.send("PATCH", user.path, body={"Operations": {"op": 7}})
    yield scim.get(scim.users, filter="((((")
    yield scim.get(scim.users, count="x", startIndex="y")
    yield scim.get(scim.users, sortBy="..", sortOrder="up")
    yield scim.get(f"{scim.users}/%00")
    yield scim.post(scim.users, scim.smallest_user(userName=str(user["userName"])))
    yield scim.patch(user.path, replace('emails[type eq "none"].value', "x"))
    yield scim.patch(user.path, replace("id", "x"), replace("noSuchAttribute", {}))
    yield scim.get(f"{scim.users}/{scim.name()}")
    yield scim.delete(f"{scim.users}/{scim.name()}")
    yield scim.send("DELETE", scim.users)
    yield scim.get(f"/{scim.name()}")
    yield scim.send("PUT", user.path, body={}, headers={"If-Match": '"none"'})
    yield scim.send("GET", scim.users, authorization=f"Bearer {scim.name()}")


def _all_of(answer: Answer) -> str:
    """Return the headers and the body of an answer as they came."""
    return "\n".join([*answer.headers.values(), answer.text])
