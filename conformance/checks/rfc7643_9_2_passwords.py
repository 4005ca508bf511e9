"""RFC 7643 §9.2 and §4.1.1: a password is taken, and never given."""

import base64
import hashlib
import re
from collections.abc import Iterator

from conformance.answer import Answer
from conformance.check import MAY, MUST, SHOULD, check
from conformance.expect import require
from conformance.material import bulk
from conformance.material.operations import replace
from conformance.scim import Resource, Scim
from scim_protocol.urns import PATCH_OP, SEARCH

PASSWORDS = ["User", "User.password"]
_HASH = re.compile(
    r"\$2[abxy]?\$\d\d\$|\$argon2(id|i|d)\$|\$(1|5|6|y|scrypt|pbkdf2[\w-]*)\$[^\"]{8}"
    r"|\b(pbkdf2|scrypt)[_:][\w:]+\$|\{(SSHA|SHA|SMD5|CRYPT|PBKDF2)[\d-]*\}[\w+/=]{8}"
)
_SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


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
    "rfc7643/9.2/password-searched",
    MUST,
    "No search of everything has the password.",
    needs=[*PASSWORDS, "filter"],
    catches=["security-password-in-root-search"],
)
def password_searched(scim: Scim) -> None:
    """Where the root can be queried: by GET, and by .search."""
    user, secret = _user(scim)
    mine = f'userName eq "{user["userName"]}"'
    body = {"schemas": [_SEARCH_REQUEST], "filter": mine}
    for answer in (
        scim.get("/", filter=mine),
        scim.post(SEARCH, body),
        scim.post(SEARCH, body | {"attributes": ["userName", "password"]}),
    ):
        if answer.ok and answer.document is not None:
            _hides(answer, secret)


@check(
    "rfc7643/9.2/password-hashed",
    MUST,
    "No answer has a hash of the password, whatever it is called.",
    needs=PASSWORDS,
    catches=["security-bcrypt-in-get", "security-digest-in-get"],
)
def password_hashed(scim: Scim) -> None:
    """A hash can be tried at leisure by whoever has it."""
    user, secret = _user(scim)
    known = {encoded for form in _digests(secret) for encoded in form}
    for answer in (user.answer, scim.get(user.path), scim.get(scim.users, count=1)):
        found = next((one for one in known if one in answer.text.lower()), None)
        require(found is None, "no hash", "a hash of the password", answer.exchange)
        written = _HASH.search(answer.text)
        require(written is None, "no hash", "what is written as a hash", answer.exchange)


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
    catches=["security-password-in-errors", "security-password-in-patch-errors"],
)
def password_refused(scim: Scim) -> None:
    """Errors are logged and shown to people."""
    taken, secret = scim.new_user(), _secret(scim)
    twin = scim.smallest_user(userName=str(taken["userName"]), password=secret)
    wrong = scim.smallest_user(password=secret, active={"no": "boolean"})
    answers = [scim.post(scim.users, body) for body in (twin, wrong)]
    answers.append(scim.put(taken.path, wrong))
    if not scim.claims.missing("patch"):
        changes = (replace("password", secret), replace("id", "x"), {"op": "move"})
        answers.append(scim.patch(taken.path, *changes))
    for answer in answers:
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


def _secret(scim: Scim) -> str:
    return f"Aa1!{scim.name().removeprefix('scim-conformance-')}"


def _user(scim: Scim) -> tuple[Resource, str]:
    secret = _secret(scim)
    return scim.new_user(password=secret), secret


def _digests(secret: str) -> Iterator[tuple[str, str]]:
    """Yield the secret in base 64, and its digests, each in two forms; all in small letters."""
    raw = secret.encode()
    yield base64.b64encode(raw).decode().lower(), raw.hex()
    for name in ("md5", "sha1", "sha256", "sha512"):
        digest = hashlib.new(name, raw, usedforsecurity=False).digest()
        yield base64.b64encode(digest).decode().lower(), digest.hex()


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
