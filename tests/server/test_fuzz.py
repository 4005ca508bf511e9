"""Whatever is sent, the answer is one of SCIM's: never a failure of the server, always its form.

The requests are the same each time; those of `make soak` are many more, and others for each SEED.
"""

import io
import json
import os
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from scim_protocol import urns

SOAKING = bool(os.environ.get("SOAK"))
FUZZ = settings(
    max_examples=3000 if SOAKING else 250,
    deadline=None,
    database=None,
    derandomize=not SOAKING,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)

# --- what is sent ------------------------------------------------------------------------------

METHODS = st.sampled_from(
    ["GET", "POST", "PUT", "PATCH", "DELETE"] * 3 + ["HEAD", "OPTIONS", "TRACE", "BREW"]
)
# The places in braces become the ids of a user and a group that are there.
PATHS = st.sampled_from(
    ["/Users", "/Users/{user}", "/Groups", "/Groups/{group}", "/Users/.search", "/Groups/.search",
     "/Bulk", "/Me", "/", "", "/.search", "/ServiceProviderConfig", "/ResourceTypes", "/Schemas",
     "/ResourceTypes/User", f"/Schemas/{urns.USER}", "/Users/{group}", "/Users/none", "/nothing"]
)  # fmt: skip
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
ODD_TEXT = st.sampled_from(
    ["", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\ufeff", "é" * 300, "x" * 5000, "1e999",
     "9" * 400, "NaN", "../..", "%", "%zz", "W/\"1\"", "*", "true", "{user}", "{group}", "bulkId:a",
     urns.USER, urns.ENTERPRISE_USER, "2011-05-13T04:42:34Z", "9999-99-99T99:99:99Z", "work"]
)  # fmt: skip
NUMBERS = st.sampled_from([0, -1, 2**31, 2**63, 2**64, -(10**40), 1e308, -0.0, 0.1, 10**400])
SCALARS = st.none() | st.booleans() | NUMBERS | ANY_TEXT | ODD_TEXT
NAMES = st.sampled_from(
    ["schemas", "id", "meta", "userName", "USERNAME", "displayName", "name", "familyName", "active",
     "emails", "value", "type", "primary", "$ref", "display", "members", "groups", "password",
     "manager", "Operations", "op", "path", "method", "data", "bulkId", "failOnErrors", "filter",
     "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes",
     "roles", "x509Certificates", "addresses", "externalId", urns.USER, urns.ENTERPRISE_USER]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES | ANY_TEXT, inner, max_size=4)
    ),
    max_leaves=8,
)
PIECES = st.sampled_from(
    ["userName", "emails", "members", "value", "type", "eq", "ne", "co", "pr", "gt", "and", "or",
     "not", "(", ")", "[", "]", ".", ":", " ", '"', '"work"', '"\\ud800"', "true", "null", "1e999",
     "-1", "é", "\x00", "meta.created", "active", '"{user}"', urns.ENTERPRISE_USER]
)  # fmt: skip
WHOLE_FILTERS = st.sampled_from(
    ["userName pr", 'userName eq "ada"', 'emails[type eq "work"]', 'members[value eq "{user}"]',
     'meta.created gt "2011-05-13T04:42:34Z"', 'not (userName co "a")', "password pr", "schemas pr",
     'emails[type eq "work"].value', "active eq true", 'userName eq "a" or ' * 500 + "userName pr",
     "(" * 4000 + "userName pr" + ")" * 4000, "not (" * 3000, "[" * 3000, "a." * 3000,
     'userName eq "' + "x" * 100_000 + '"', f'{urns.ENTERPRISE_USER}:manager.value eq "{{user}}"']
)  # fmt: skip
FILTERS = WHOLE_FILTERS | st.lists(PIECES, max_size=12).map(" ".join) | ANY_TEXT
PATCH_PATHS = FILTERS | NAMES

USER = {"schemas": [urns.USER], "userName": "fuzz", "emails": [{"value": "a@x", "type": "work"}]}
GROUP = {"schemas": [urns.GROUP], "displayName": "fuzz", "members": [{"value": "{user}"}]}
SEARCH = {"schemas": [urns.SEARCH_REQUEST], "filter": "userName pr", "count": 1}
PATCH = {
    "schemas": [urns.PATCH_OP],
    "Operations": [{"op": "replace", "path": "displayName", "value": "b"}],
}
BULK = {
    "schemas": [urns.BULK_REQUEST],
    "failOnErrors": 1,
    "Operations": [{"method": "POST", "path": "/Users", "bulkId": "a", "data": USER}],
}


def operations():
    op = st.sampled_from(["add", "replace", "remove", "Add", "move", ""])
    return st.lists(
        st.fixed_dictionaries({"op": op}, optional={"path": PATCH_PATHS, "value": VALUES}),
        max_size=4,
    ).map(lambda listed: PATCH | {"Operations": listed})


def bulk_operations():
    one = st.fixed_dictionaries(
        {"method": METHODS, "path": PATHS | ODD_TEXT},
        optional={"bulkId": SCALARS, "version": SCALARS, "data": st.just(USER) | VALUES},
    )
    return st.lists(one, max_size=4).map(lambda listed: BULK | {"Operations": listed})


def spoilt():
    """Messages with something added to them or put in the place of what they have."""
    extra = st.dictionaries(NAMES | ANY_TEXT, VALUES, max_size=3)
    return st.builds(dict.__or__, st.sampled_from([USER, GROUP, SEARCH, PATCH, BULK]), extra)


def text_of(document):
    return json.dumps(document).encode()


@st.composite
def mangled(draw):
    """The text of a message, some of it cut out, doubled or replaced by other bytes."""
    text = text_of(draw(spoilt() | operations()))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 20)))
        text = text[:start] + draw(INSERTED | st.just(text[start:end] * 2)) + text[end:]
    return text


INSERTED = st.binary(max_size=4) | st.sampled_from(
    [b"", b"{", b"]", b",", b'"', b"\\", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800",
     b"1e99999", b'"userName":"b",', b"NaN", b"-", b"9" * 5000]
)  # fmt: skip
DEEP = st.sampled_from(
    [b"[" * 10_000, b'{"a":' * 10_000, b"[" * 10_000 + b"]" * 10_000,
     b'{"schemas":' + b"[" * 40 + b"]" * 40 + b"}",
     b'{"name":' * 10_000 + b"1" + b"}" * 10_000, b"\xff" * 100, b"\x00", b" ", b"0", b'"a"', b"[]"]
)  # fmt: skip
BODIES = st.one_of(
    st.none(),
    VALUES.map(text_of),
    spoilt().map(text_of),
    operations().map(text_of),
    bulk_operations().map(text_of),
    mangled(),
    DEEP,
    st.binary(max_size=40),
)
QUERIES = st.dictionaries(
    st.sampled_from(
        ["filter", "filter", "attributes", "excludedAttributes", "sortBy", "sortOrder",
         "startIndex", "count", "cursor"]
    ) | ANY_TEXT,
    FILTERS | ODD_TEXT | NUMBERS.map(str) | NAMES,
    max_size=3,
)  # fmt: skip
HEADERS = st.dictionaries(
    st.sampled_from(
        ["ACCEPT", "IF_MATCH", "IF_NONE_MATCH", "ACCEPT_ENCODING", "X_HTTP_METHOD_OVERRIDE", "HOST",
         "RANGE", "EXPECT", "TRANSFER_ENCODING", "IF_MODIFIED_SINCE", "PREFER"]
    ),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20)
    | st.sampled_from(["*", 'W/"1"', '"', "W/", "application/json", "text/html", "return=minimal"]),
    max_size=3,
)  # fmt: skip
TYPES = st.sampled_from(
    [urns.SCIM_JSON] * 6
    + ["application/json; charset=utf-16", "", "text/plain", "/", "multipart/form-data", "\xff"]
)
TOKENS = st.sampled_from(["Bearer s3cret"] * 12 + ["", "Bearer", "Basic \xff", "Bearer é"])


# --- sending, and what comes back --------------------------------------------------------------


@pytest.fixture(scope="module")
def server(open_api):
    return open_api()


@pytest.fixture(scope="module")
def there(server):
    """The ids of a user and a group, made again when a request has removed them."""
    paths = {}

    def ids():
        if "user" not in paths or server.get(paths["user"]).status != 200:
            paths["user"] = server.user(f"user-{os.urandom(6).hex()}")
        if "group" not in paths or server.get(paths["group"]).status != 200:
            paths["group"] = server.group(f"group-{os.urandom(6).hex()}", paths["user"])
        return {name: path.rpartition("/")[2] for name, path in paths.items()}

    return ids


def fill(text, ids):
    for name, id in ids.items():
        text = text.replace("{" + name + "}", id)
    return text


def send(server, ids, method, path, query=None, headers=None, body=None, content_type=None):
    """Send a request as it would stand on the wire, with bytes that no client would let through."""
    environ = EnvironBuilder(
        method=method, headers={"Authorization": "Bearer s3cret"}
    ).get_environ()
    raw_path = (server.base + fill(path, ids)).encode("utf-8", "surrogatepass")
    environ["PATH_INFO"] = raw_path.decode("latin-1")
    environ["QUERY_STRING"] = "&".join(
        f"{_quoted(name, ids)}={_quoted(value, ids)}" for name, value in (query or {}).items()
    )
    environ |= {f"HTTP_{name}": value for name, value in (headers or {}).items()}
    if body is not None:
        body = fill(body.decode("latin-1"), ids).encode("latin-1")
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        environ["CONTENT_TYPE"] = content_type or ""
    chunks, status, sent_back = run_wsgi_app(server.app, environ)
    return Response(b"".join(chunks), status, sent_back)


def _quoted(text, ids):
    return quote(fill(text, ids).encode("utf-8", "surrogatepass"))


def check(method, response):
    """Hold an answer to what every answer must be."""
    text = response.get_data()
    assert response.status_code < 500 or response.status_code == 501, text
    if method == "HEAD" or response.status_code in (204, 304):
        assert b"" == text
    elif text:
        assert response.mimetype in (urns.SCIM_JSON, urns.JSON)
        document = json.loads(text.decode("utf-8", "strict"))
        if response.status_code >= 400:
            assert [urns.ERROR] == document["schemas"]
            assert str(response.status_code) == document["status"]
            assert document["detail"]
        else:
            assert document["schemas"]
    else:
        assert "OPTIONS" == method


@FUZZ
@given(
    method=METHODS, path=PATHS | ODD_TEXT, query=QUERIES, headers=HEADERS, body=BODIES, kind=TYPES
)
def test_any_request_is_answered_in_scims_form(
    server, there, method, path, query, headers, body, kind
):
    check(method, send(server, there(), method, path, query, headers, body, kind))


@FUZZ
@given(
    route=st.sampled_from(
        [("POST", "/Users"), ("PUT", "/Users/{user}"), ("PATCH", "/Users/{user}"),
         ("POST", "/Groups"), ("PUT", "/Groups/{group}"), ("PATCH", "/Groups/{group}"),
         ("POST", "/Users/.search"), ("POST", "/.search"), ("POST", "/Bulk"), ("PATCH", "/Me")]
    ),
    body=BODIES,
)  # fmt: skip
@example(("POST", "/Users"), b'{"schemas":["\\ud800"],"userName":"a"}')
@example(("POST", "/Users"), b'{"userName":"a","userName":"b"}')
@example(("POST", "/Users"), b'{"userName":' + b"9" * 100_000 + b"}")
def test_any_body_is_answered_in_scims_form(server, there, route, body):
    method, path = route
    check(method, send(server, there(), method, path, None, None, body, urns.SCIM_JSON))


@FUZZ
@given(path=st.sampled_from(["/Users", "/Groups", "/Users/{user}", "/", "/Schemas"]), query=QUERIES)
@example("/Users", {"startIndex": "9" * 5000})
@example("/Users", {"filter": 'userName eq "\\ud800"'})
def test_any_query_is_answered_in_scims_form(server, there, path, query):
    check("GET", send(server, there(), "GET", path, query))


@FUZZ
@given(headers=HEADERS, token=TOKENS, method=METHODS, path=PATHS)
def test_any_headers_are_answered_in_scims_form(server, there, headers, token, method, path):
    sent = headers | {"AUTHORIZATION": token}
    check(method, send(server, there(), method, path, None, sent))
