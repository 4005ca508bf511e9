"""RFC 7644 §7 and RFC 7643 §9: nothing is given away."""

import re
from collections.abc import Iterator

from conformance import bulk
from conformance.answer import Answer
from conformance.check import MAY, MUST, SHOULD, check
from conformance.expect import require
from conformance.operations import replace
from conformance.scim import Resource, Scim
from scim_protocol.urns import PATCH_OP, SEARCH

PASSWORDS = ["User", "User.password"]
_SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
_LEAST_TOKEN = 8
_TRACES = re.compile(
    r"Traceback \(most recent|File \"[^\"]+\", line \d|\bat [\w.$]+\([\w]+\.(java|kt|scala):\d+\)"
    r"|\bat .+\.(js|ts):\d+:\d+|\.(cs|php|rb|go):\d+|SQLSTATE|sqlite3\.|psycopg|ORA-\d{5}"
    r"|System\.\w+Exception|java\.lang\.|goroutine \d+"
)


@check(
    "rfc7643/9.2/password-created",
    MUST,
    "No answer to a creation has the password.",
    needs=PASSWORDS,
    catches=[
        "security-password-in-create",
        "security-password-in-extension-form",
        "shows-passwords-when-created",
    ],
)
def password_created(scim: Scim) -> None:
    """Neither in clear nor hashed, asked for or not (RFC 7643 §4.1.1)."""
    for query in ({}, {"attributes": "userName,password"}, {"attributes": "password"}):
        secret = _secret(scim)
        body = scim.smallest_user(password=secret)
        answer = scim.send("POST", scim.users, body=body, query=query)
        answer.given.have_status(201)
        _hides(answer, secret)


@check(
    "rfc7643/9.2/password-read",
    MUST,
    "No reading has the password.",
    needs=PASSWORDS,
    catches=[
        "security-password-hash-in-get",
        "security-password-if-asked-by-urn",
        "security-password-if-asked-in-capitals",
        "security-password-in-get",
        "security-password-masked-in-get",
        "shows-passwords",
    ],
)
def password_read(scim: Scim) -> None:
    """However it is asked for: by name, by its URN, by leaving something else out."""
    user, secret = _user(scim)
    urn = "urn:ietf:params:scim:schemas:core:2.0:User:password"
    for query in (
        {},
        {"attributes": "password"},
        {"attributes": "userName,PASSWORD"},
        {"attributes": urn},
        {"excludedAttributes": "displayName"},
    ):
        _hides(scim.get(user.path, **query), secret)


@check(
    "rfc7643/9.2/password-listed",
    MUST,
    "No list has the password.",
    needs=[*PASSWORDS, "filter"],
    catches=[
        "security-password-if-asked-for",
        "security-password-in-lists",
        "security-password-in-search",
    ],
)
def password_listed(scim: Scim) -> None:
    """Neither by GET nor by .search, asked for or not."""
    user, secret = _user(scim)
    mine = f'userName eq "{user["userName"]}"'
    for query in ({}, {"attributes": "userName,password"}):
        _hides(scim.get(scim.users, filter=mine, **query), secret)
    body = {"schemas": [_SEARCH_REQUEST], "filter": mine, "attributes": ["userName", "password"]}
    _hides(scim.post(f"{scim.users}{SEARCH}", body), secret)


@check(
    "rfc7643/9.2/password-replaced",
    MUST,
    "No answer to a PUT has the password.",
    needs=PASSWORDS,
    catches=["security-password-in-put", "shows-passwords-when-replaced"],
)
def password_replaced(scim: Scim) -> None:
    """Not even the one that was just set."""
    user, _ = _user(scim)
    secret = _secret(scim)
    body = scim.smallest_user(userName=str(user["userName"]), password=secret)
    for query in ({}, {"attributes": "password"}):
        answer = scim.send("PUT", user.path, body=body, query=query)
        answer.given.have_status(200)
        _hides(answer, secret)


@check(
    "rfc7643/9.2/password-patched",
    MUST,
    "No answer to a PATCH has the password.",
    needs=["patch", *PASSWORDS],
    catches=["security-password-in-patch", "shows-passwords-when-asked"],
)
def password_patched(scim: Scim) -> None:
    """Not even the one that was just set."""
    user, _ = _user(scim)
    secret = _secret(scim)
    body = {"schemas": [PATCH_OP], "Operations": [replace("password", secret)]}
    for query in ({}, {"attributes": "userName,password"}):
        answer = scim.send("PATCH", user.path, body=body, query=query)
        answer.given.have_status(200, 204)
        _hides(answer, secret)


@check(
    "rfc7643/9.2/password-bulk",
    MUST,
    "No answer to a bulk request has the password.",
    needs=["bulk", *PASSWORDS],
    catches=["security-password-in-bulk"],
)
def password_bulk(scim: Scim) -> None:
    """Neither that of a user who is made, nor that of one who is refused."""
    taken, secret = scim.new_user(), _secret(scim)
    twin = scim.smallest_user(userName=str(taken["userName"]), password=secret)
    answer = bulk.send(
        scim,
        bulk.post(scim.users, "one", scim.smallest_user(password=secret)),
        bulk.post(scim.users, "two", twin),
    )
    answer.given.have_status(200)

    _hides(answer, secret)


@check(
    "rfc7643/9.2/password-refused",
    MUST,
    "No error repeats the password that was sent.",
    needs=PASSWORDS,
    catches=["security-password-in-errors"],
)
def password_refused(scim: Scim) -> None:
    """Errors are logged and shown to people."""
    taken, secret = scim.new_user(), _secret(scim)
    twin = scim.smallest_user(userName=str(taken["userName"]), password=secret)
    wrong = scim.smallest_user(password=secret, active={"no": "boolean"})
    for body in (twin, wrong):
        answer = scim.post(scim.users, body)
        require(secret not in answer.text, "no password", "it is in the answer", answer.exchange)


@check(
    "rfc7643/9.2/password-part",
    SHOULD,
    "A filter does not tell how a password begins.",
    needs=[*PASSWORDS, "filter"],
    catches=["security-password-begins", "security-password-contains"],
)
def password_part(scim: Scim) -> None:
    """Letter by letter it would give all of it away; hashed, as it SHOULD be, it cannot match."""
    user, secret = _user(scim)
    for operator, part in (("sw", secret[:4]), ("co", secret[2:8]), ("ew", secret[-4:])):
        text = f'userName eq "{user["userName"]}" and password {operator} "{part}"'
        _finds_nobody(scim, text)


@check(
    "rfc7643/7/password-filter",
    MAY,
    "A filter does not tell whether a password is right.",
    needs=[*PASSWORDS, "filter"],
    catches=["security-password-is"],
)
def password_filter(scim: Scim) -> None:
    """Filtering by what is never returned is allowed; with a password it is a risk."""
    user, secret = _user(scim)
    _finds_nobody(scim, f'userName eq "{user["userName"]}" and password eq "{secret}"')


@check(
    "rfc7644/7/traces",
    MUST,
    "Errors show nothing of the program behind the endpoint.",
    needs=["User"],
    catches=[
        "security-database-errors",
        "security-java-traces",
        "security-node-traces",
        "security-python-traces",
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
    catches=["security-token-in-401", "security-token-in-errors"],
)
def token_kept(scim: Scim) -> None:
    """Answers are logged and kept; a refusal of a token is no reason to show it."""
    scim.skip_unless(scim.endpoint.authenticates, "the run has no token: the endpoint may be open")
    wrong = scim.name()
    refused = scim.send("GET", scim.users, authorization=f"Bearer {wrong}")
    require(wrong not in refused.text, "no token", "it is in the answer", refused.exchange)
    given = str(scim.endpoint.authorization()).partition(" ")[2]
    scim.skip_unless(len(given) >= _LEAST_TOKEN, "the token is so short that it may be a word")
    for answer in (scim.get(scim.new_user().path), scim.get(f"{scim.users}/{scim.name()}")):
        require(given not in answer.text, "no token", "it is in the answer", answer.exchange)


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


def _secret(scim: Scim) -> str:
    return f"Aa1!{scim.name().removeprefix('scim-conformance-')}"


def _user(scim: Scim) -> tuple[Resource, str]:
    secret = _secret(scim)
    return scim.new_user(password=secret), secret


def _hides(answer: Answer, secret: str) -> None:
    document = answer.document or {}
    listed = document.get("Resources")
    for resource in [document, *(listed if isinstance(listed, list) else [])]:
        named = [key for key in resource if key.lower().rpartition(":")[2] == "password"]
        require(
            not [key for key in named if resource[key] is not None],
            "no password",
            "a member called password",
            answer.exchange,
        )
    require(secret not in answer.text, "no password", "it is in the answer", answer.exchange)


def _finds_nobody(scim: Scim, text: str) -> None:
    answer = scim.get(scim.users, filter=text)
    if answer.status == 200:
        found = answer.must.be_list(counted=False)
        require(not found, "no match, or status 400", f"{len(found)} users", answer.exchange)


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
