"""RFC 7644 §2: which credentials let a client in."""

from urllib.parse import urlencode

from conformance.answer import Answer
from conformance.check import MUST, SHOULD, check
from conformance.material.guards import closed
from conformance.scim import Scim


@check(
    "rfc7644/2/without-token",
    MUST,
    "A request without credentials is 401.",
    needs=["User"],
    catches=["auth-401-is-403", "auth-lists-open", "auth-no-header-will-do"],
)
def without_token(scim: Scim) -> None:
    """Whoever can reach the endpoint could read everybody otherwise."""
    _ask(scim, None).must.have_status(401)


@check(
    "rfc7644/2/wrong-token",
    MUST,
    "A token that is not known is answered 401.",
    needs=["User"],
    catches=["auth-401-is-404", "auth-any-token", "auth-wrong-token-is-500"],
)
def wrong_token(scim: Scim) -> None:
    """That a token is there is not enough."""
    _ask(scim, f"Bearer {scim.name()}").must.have_status(401)


@check(
    "rfc7644/2/part-of-token",
    MUST,
    "A part of the token is not the token.",
    needs=["User"],
    catches=["auth-beginning-of-token", "auth-longer-token"],
)
def part_of_token(scim: Scim) -> None:
    """Neither its beginning nor its end, nor with a letter more or another one."""
    scheme, token = _given(scim)
    for wrong in (token[:-1], token[: len(token) // 2], token[1:], token + "x", f"x{token}"):
        _ask(scim, f"{scheme} {wrong}").must.have_status(401)


@check(
    "rfc7644/2/token-case",
    MUST,
    "The case of a token's letters counts.",
    needs=["User"],
    catches=["auth-any-header", "auth-token-in-any-case"],
)
def token_case(scim: Scim) -> None:
    """A token compared without it is guessed in far fewer attempts (§7.4)."""
    scheme, token = _given(scim)
    scim.skip_unless(token.swapcase() != token, "the token has no letters")

    _ask(scim, f"{scheme} {token.swapcase()}").must.have_status(401)


@check(
    "rfc7644/2/empty-token",
    MUST,
    "An empty token lets nobody in.",
    needs=["User"],
    catches=["auth-empty-basic", "auth-empty-token", "auth-null-token"],
)
def empty_token(scim: Scim) -> None:
    """Bearer and nothing, null, or a pair of quotes is nobody."""
    for header in ("Bearer", "Bearer null", "Bearer undefined", 'Bearer ""', "Basic Og=="):
        _ask(scim, header).must.have_status(400, 401)


@check(
    "rfc7644/2/malformed",
    MUST,
    "A malformed Authorization header is 401.",
    needs=["User"],
    catches=[
        "auth-any-scheme",
        "auth-bare-token",
        "auth-basic-with-the-token",
        "auth-end-of-token",
        "auth-malformed-is-500",
        "auth-token-within",
    ],
)
def malformed(scim: Scim) -> None:
    """It is answered, never with a 5xx; the token under another scheme, or bare, is not taken."""
    scheme, token = _given(scim)
    other = "Token" if scheme.lower() != "token" else "Other"
    wrong = [f"{name} {token}" for name in (other, "Basic", "Digest") if name != scheme]
    for header in (*wrong, token, "Basic !!!", "Bearer a b c", ",", "Basic"):
        _ask(scim, header).must.have_status(400, 401)


@check(
    "rfc7644/2/token-in-url",
    SHOULD,
    "The token is not taken from the URL.",
    needs=["User"],
    catches=["auth-token-in-url", "auth-token-in-url-by-another-name"],
)
def token_in_url(scim: Scim) -> None:
    """URLs are logged and kept in histories: `?access_token=` is not for use (RFC 6750 §2.3)."""
    scheme, token = _given(scim)
    scim.skip_unless(scheme.lower() == "bearer", "the run's credentials are no bearer token")
    closed(scim)
    names = ("access_token", "token", "api_key", "apikey", "key", "auth", "authorization")
    path = f"{scim.users}?count=1&{urlencode(dict.fromkeys(names, token))}"
    answer = scim.send("GET", path, authorization=None)

    scim.require(not answer.ok, "not to be let in", answer.summary)


@check(
    "rfc7644/2/scheme-case",
    MUST,
    "The scheme may be written in any case.",
    needs=["User"],
    catches=["auth-scheme-is-case-sensitive"],
)
def scheme_case(scim: Scim) -> None:
    """RFC 7235 §2.1: `bearer` is `Bearer`."""
    scheme, token = _given(scim)
    for written in (scheme.lower(), scheme.upper()):
        answer = _ask(scim, f"{written} {token}")
        scim.require(answer.status not in (400, 401, 403), "to be let in", answer.summary)


@check(
    "rfc7644/2/challenge",
    MUST,
    "A 401 says in WWW-Authenticate how to sign in.",
    needs=["User"],
    catches=["auth-401-without-challenge", "auth-wrong-token-without-challenge"],
)
def challenge(scim: Scim) -> None:
    """RFC 7235 §4.1 asks it of every 401: without credentials, and with wrong ones."""
    for header in (None, f"Bearer {scim.name()}"):
        refused = _ask(scim, header)
        refused.given.have_status(401)
        refused.must.have_header("WWW-Authenticate")


@check(
    "rfc7644/2/challenge-scheme",
    SHOULD,
    "WWW-Authenticate names the scheme.",
    needs=["User"],
    catches=["auth-challenge-of-another-scheme"],
)
def challenge_scheme(scim: Scim) -> None:
    """It is one that the endpoint takes: the one by which this run is let in."""
    scheme, _ = _given(scim)
    refused = _ask(scim, None)
    refused.given.have_status(401)
    refused.must.have_header("WWW-Authenticate")
    told = refused.headers["WWW-Authenticate"]

    scim.require(scheme.lower() in told.lower(), f"a challenge of {scheme}", told)


def _ask(scim: Scim, authorization: str | None) -> Answer:
    closed(scim)
    return scim.send("GET", scim.users, query={"count": 1}, authorization=authorization)


def _given(scim: Scim) -> tuple[str, str]:
    """Return the scheme and the token by which the run is let in."""
    header = scim.endpoint.authorization()
    scim.skip_unless(header is not None, "the run has no token: the endpoint may be open")
    scheme, _, token = str(header).partition(" ")
    scim.skip_unless(len(token) > 3, "the run's credentials are no token")
    return scheme, token
