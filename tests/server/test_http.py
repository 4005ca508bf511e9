"""What HTTP asks of every answer: media types, methods, statuses, bodies (RFC 7644 §3.8, §3.12)."""

import json

import pytest

from scim_protocol import urns

ADA = {"schemas": [urns.USER], "userName": "ada"}


@pytest.mark.parametrize(
    "path", ["/Users", "/Users/unknown", "/unknown", "/Schemas", "/ServiceProviderConfig", "/Me"]
)
def test_every_answer_is_of_scims_media_type(api, path):
    assert urns.SCIM_JSON == api.get(path).headers["Content-Type"]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("application/scim+json", urns.SCIM_JSON),
        ("application/json", urns.JSON),
        ("application/json, */*", urns.SCIM_JSON),
        ("application/scim+json;charset=utf-8, application/json", urns.SCIM_JSON),
        ("application/json;q=0", urns.SCIM_JSON),
        ("application/json;q=0, */*", urns.SCIM_JSON),
        ("application/json;q=0.4, application/scim+json;q=0.5", urns.SCIM_JSON),
        ("application/json, application/scim+json;q=0.5", urns.JSON),
        ("application/json, */*;q=0.1", urns.JSON),
        ("application/scim+json;q=0, application/*", urns.JSON),
        ("text/html", urns.SCIM_JSON),
        ("", urns.SCIM_JSON),
    ],
)
def test_plain_json_is_answered_to_who_would_rather_have_it(api, accept, content_type):
    assert content_type == api.get("/Users", headers={"Accept": accept}).headers["Content-Type"]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/scim+json",
        "application/json",
        "application/scim+json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        "",
    ],
)
def test_a_body_may_be_of_these_types(api, content_type):
    assert 201 == api.post("/Users", ADA, content_type=content_type).status


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/json+scim"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_body_of_another_type_is_refused(api, method, content_type):
    path = "/Users" if method == "POST" else api.user()

    assert (415, None) == api.request(method, path, ADA, content_type=content_type).error


OF_TYPE = {"GET", "HEAD", "POST"}
OF_RESOURCE = {"DELETE", "GET", "HEAD", "PATCH", "PUT"}
ALLOWED = {
    "": {"GET", "HEAD"},
    "/": {"GET", "HEAD"},
    "/Users": OF_TYPE,
    "/Groups": OF_TYPE,
    "/Users/{id}": OF_RESOURCE,
    "/Groups/{id}": OF_RESOURCE,
    "/Users/.search": {"POST"},
    "/Groups/.search": {"POST"},
    "/.search": {"POST"},
    "/Bulk": {"POST"},
    "/Me": OF_RESOURCE | {"POST"},
    "/ServiceProviderConfig": {"GET", "HEAD"},
    "/ResourceTypes": {"GET", "HEAD"},
    "/ResourceTypes/User": {"GET", "HEAD"},
    "/Schemas": {"GET", "HEAD"},
    f"/Schemas/{urns.USER}": {"GET", "HEAD"},
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
PATHS = pytest.mark.parametrize("path", ALLOWED)


@pytest.fixture(scope="module")
def at(open_api):
    """Sends a request to a path, in which `{id}` stands for a user's or group's."""
    api = open_api()
    ids = {"/Users": api.user().rpartition("/")[2], "/Groups": api.group("x").rpartition("/")[2]}

    def send(method, path, **options):
        return api.request(method, path.replace("{id}", ids.get(path[:-5], "")), **options)

    return send


def test_the_table_of_methods_has_every_route(open_api):
    base, rules = "/scim/v2", map(str, open_api().app.url_map.iter_rules())
    served = [rule.removeprefix(base) for rule in rules if rule.startswith(base)]
    named = {rule.replace("<id:id>", "{id}") for rule in served}
    known = {path.replace("User", "{id}") if "Types/" in path else path for path in ALLOWED}

    assert named == {path.replace(urns.USER, "{id}") for path in known} - {""}


@pytest.mark.parametrize(
    ("method", "path"),
    [(method, path) for path in ALLOWED for method in METHODS if method not in ALLOWED[path]],
)
def test_a_method_that_a_path_does_not_take_is_405_with_allow(at, path, method):
    answer = at(method, path)

    assert 405 == answer.status
    assert method == "HEAD" or (405, None) == answer.error
    assert ALLOWED[path] | {"OPTIONS"} == set(answer.headers["Allow"].split(", "))


@PATHS
def test_options_tells_what_is_allowed(at, path):
    answer = at("OPTIONS", path)

    assert (200, "") == (answer.status, answer.text)
    assert ALLOWED[path] | {"OPTIONS"} == set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("path", [path for path in ALLOWED if "HEAD" in ALLOWED[path]])
def test_head_is_get_without_a_body(at, path):
    head, get = at("HEAD", path), at("GET", path)

    assert (get.status, "") == (head.status, head.text)
    for name in ("Content-Length", "Content-Type", "ETag", "Location"):
        assert get.headers.get(name) == head.headers.get(name)


@pytest.mark.parametrize("path", ["/nothing", "/users", "/Users/1/2"])
def test_a_path_that_there_is_not_is_404_in_scim_form(api, path):
    assert (404, None) == api.get(path).error


def test_a_path_outside_the_base_path_is_404_in_scim_form(make_api):
    api = make_api(base_path="/api/scim")
    api.base = ""

    assert (404, None) == api.get("/Users").error
    assert 200 == api.get("/api/scim/Users").status


@pytest.mark.parametrize("path", ["/Users/", "//Users", "/Schemas//", "/Users/?", "//Users//?a=b"])
def test_extra_slashes_make_no_difference(api, path):
    assert 200 == api.get(path).status


@pytest.mark.parametrize("path", ["/Users/", "//Users", "/Schemas/"])
def test_a_strict_server_has_nothing_at_a_path_with_extra_slashes(strict_api, path):
    assert (404, None) == strict_api.get(path).error


@pytest.mark.parametrize("path", ["", "/"])
def test_the_base_url_is_one_with_a_slash_and_without(strict_api, path):
    assert [urns.LIST_RESPONSE] == strict_api.get(path)["schemas"]


def test_the_etag_and_the_location_are_those_of_meta(api):
    user = api.user()
    for answer in (api.get(user), api.patch(user, {"op": "add", "path": "title", "value": "x"})):
        assert answer.headers["ETag"] == answer["meta"]["version"]
        assert answer.headers["Location"] == answer["meta"]["location"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip", "nonsense"])
def test_a_body_that_is_encoded_is_refused(api, encoding):
    answer = api.post("/Users", ADA, headers={"Content-Encoding": encoding})

    assert (415, None) == answer.error


def test_a_body_whose_encoding_is_none_is_read(api):
    assert 201 == api.post("/Users", ADA, headers={"Content-Encoding": "identity"}).status


def test_a_strict_server_wants_to_know_the_type_of_a_body(strict_api):
    assert (415, None) == strict_api.post("/Users", ADA, content_type="").error


@pytest.mark.parametrize(
    "host",
    [
        "a b", "<x>", "x/y", "x:y", "x:99999", "x:" + "9" * 5000, "user@x", 'a"b', "a?b", "a#b", "",
        ".", "..", "a..b", ".a", ":80", "a\tb", "a\\b", "a%2", "[::1", "[::g]", "[1.2.3.4]",
        "x:1:2", "é.org",
    ],
)  # fmt: skip
def test_a_host_that_no_url_can_be_made_of_is_refused(api, host):
    answer = api.post("/Users", ADA, headers={"Host": host})

    assert (400, None) == answer.error
    assert answer["detail"].startswith("The Host header is not the name of a host")


@pytest.mark.parametrize(
    "host",
    [
        "example.org", "example.org.", "example.org:8443", "127.0.0.1:80", "[::1]:8000", "[::1]",
        "scim_server:8000", "a_b.example.com", "h:", "a%20b",
    ],
)  # fmt: skip
def test_urls_are_made_of_the_host(api, host):
    answer = api.post("/Users", ADA, headers={"Host": host})

    assert answer["meta"]["location"].startswith(
        f"http://{host.removesuffix(':80')}/scim/v2/Users/"
    )


def test_urls_begin_with_the_path_that_the_app_is_mounted_at(api):
    answer = api.client.get(
        "/scim/v2/ServiceProviderConfig",
        headers={"Host": "a_b"},
        environ_overrides={"SCRIPT_NAME": "/under"},
    )

    assert "http://a_b/under/scim/v2/ServiceProviderConfig" == answer.headers["Location"]


@pytest.mark.parametrize("path", ["/Users", "/ServiceProviderConfig", "/Me"])
def test_the_base_url_without_its_version_means_the_latest(api, path):
    with_version = api.get(path)
    api.base = "/scim"

    assert with_version.status == api.get(path).status
    assert with_version.text == api.get(path).text


@pytest.mark.parametrize("path", ["/scim/v1/Users", "/scim/v3/Users", "/scimv2/Users", "/Users"])
def test_another_version_of_the_base_url_is_not_served(api, path):
    api.base = ""

    assert (404, None) == api.get(path).error


PARAMETERS = [
    "filter", "attributes", "excludedAttributes", "sortBy", "sortOrder", "startIndex", "count",
    "cursor",
]  # fmt: skip


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("path", ["/Users", "/", "/Schemas", "/Users/1"])
def test_a_parameter_that_is_given_twice_is_refused(api, path, name):
    assert (400, "invalidValue") == api.get(f"{path}?{name}=1&{name}=1").error


def test_other_parameters_are_passed_over(api):
    assert 200 == api.get("/Users?aadOptscim062020&x=1&x=2&Cursor").status


DEEP = 10_000

BAD_BODIES = {
    "nothing": b"",
    "white space": b"  \n",
    "no JSON": b"userName=ada",
    "cut short": b'{"schemas": ["urn',
    "more than one value": b"{} {}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "invalid UTF-8": b'{"userName": "\xff\xfe"}',
    "UTF-16": json.dumps(ADA).encode("utf-16"),
    "a lone surrogate": b'{"userName": "\\ud800"}',
    "NaN": b'{"userName": NaN}',
    "infinity": b'{"userName": 1e999}',
    "a number of 5,000 digits": b'{"userName": ' + b"9" * 5000 + b"}",
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"name":' * DEEP + b"1" + b"}" * DEEP,
    "lists of 1,000 levels": b"[" * 1000 + b"]" * 1000,
    "lists of 500 levels inside": b'{"name":' + b"[" * 500 + b"]" * 500 + b"}",
    "a name given twice": b'{"userName": "ada", "userName": "bob"}',
    "a name given twice inside": b'{"name": {"givenName": "a", "givenName": "b"}}',
    "a list": b"[]",
    "text": b'"ada"',
    "null": b"null",
    "a number": b"7",
}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_body_that_is_no_json_object_is_invalid_syntax(api, method, name):
    path = "/Users" if method == "POST" else api.user()

    assert (400, "invalidSyntax") == api.request(method, path, BAD_BODIES[name]).error


BAD_VALUES = {
    "NUL in text": {"userName": "a\x00da"},
    "a huge integer": {"userName": 10**400 // 10**380},
    "an object for text": {"userName": {}},
    "a list for text": {"userName": ["ada"]},
    "true for text": {"userName": True},
    "text for an object": {"name": "Ada"},
    "an object for a list": {"emails": {"value": "a@x.org"}},
    "text in a list of objects": {"emails": ["a@x.org"]},
    "a number for true": {"active": 1},
    "text for true": {"active": "perhaps"},
    "two primary values": {
        "emails": [{"value": "a", "primary": True}, {"value": "b", "primary": True}]
    },
    "binary that is none": {"x509Certificates": [{"value": "???"}]},
    "an extension that is no object": {urns.ENTERPRISE_USER: "R&D"},
}


@pytest.mark.parametrize("name", BAD_VALUES)
def test_a_value_that_does_not_fit_is_invalid_value(api, name):
    assert (400, "invalidValue") == api.post("/Users", ADA | BAD_VALUES[name]).error


def test_a_body_over_the_limit_is_413(make_api):
    api = make_api(max_body=2000)

    assert (413, None) == api.post("/Users", ADA | {"title": "x" * 2000}).error


def test_a_user_over_the_limit_of_resources_is_413(make_api):
    api = make_api(max_resource=2000)

    assert (413, None) == api.post("/Users", ADA | {"title": "x" * 2000}).error


def test_a_list_of_members_may_be_longer_than_a_user(make_api):
    api = make_api(max_resource=2000)
    members = [{"value": f"unknown-{number}"} for number in range(200)]

    answer = api.post("/Groups", {"schemas": [urns.GROUP], "displayName": "x", "members": members})

    assert (400, "invalidValue") == answer.error


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "add", "path": "title", "value": "x"}] * 11,
        [{"op": "add", "value": {f"x{number}": 1 for number in range(11)}}],
    ],
)
def test_a_patch_of_too_many_changes_is_413(make_api, operations):
    api = make_api(max_operations=10)

    assert (413, None) == api.patch(api.user(), *operations).error


def test_a_big_body_of_garbage_is_refused(api):
    assert (400, "invalidSyntax") == api.post("/Groups", b'{"a":' * 1_500_000).error


def test_a_failure_of_the_server_is_500_in_scim_form_and_tells_nothing(api, monkeypatch, caplog):
    service = api.app.extensions["scim_server"]
    monkeypatch.setattr(type(service.store), "read", lambda self: 1 / 0)

    answer = api.get("/Users")

    assert (500, None) == answer.error
    assert "division" not in answer.text
    assert "division" in caplog.text


@pytest.mark.parametrize("id", ["%00", "%ff%fe", "..", "%2e%2e", "'--", "x" * 5000, "%F0%9F%98%80"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_strange_id_is_not_found(api, method, id):
    assert 404 == api.request(method, f"/Users/{id}").status


@pytest.mark.parametrize(
    "query",
    ["filter=%ff", "filter=%00", "attributes=%00,,(", "sortBy=%ff", "count=%00", "a=b=c&&=="],
)
def test_a_strange_query_is_no_failure_of_the_server(api, query):
    assert api.get(f"/Users?{query}").status in (200, 400)


MODES = pytest.mark.parametrize("strict", [False, True], ids=["default", "strict"])


@MODES
@pytest.mark.parametrize("query", ["count=1_0", "startIndex=1_0", "count=%201", "count=1e1"])
def test_what_only_looks_like_an_integer_is_refused(make_api, strict, query):
    answer = make_api(strict=strict).request("GET", f"/Users?{query}")

    assert (400, "invalidValue") == answer.error


def test_an_empty_count_is_shown_in_quotes(api):
    assert 'count must be an integer, not "".' == api.get("/Users?count=")["detail"]


def test_an_empty_urn_in_schemas_is_shown_in_quotes(strict_api):
    answer = strict_api.post("/Users", ADA | {"schemas": [urns.USER, ""]})

    assert "`schemas` holds '', which is no schema of User." == answer["detail"]


def test_an_empty_type_of_a_member_is_shown_in_quotes(strict_api):
    id = strict_api.user().rpartition("/")[2]
    members = [{"value": id, "type": ""}]

    answer = strict_api.post(
        "/Groups", {"schemas": [urns.GROUP], "displayName": "x", "members": members}
    )

    assert f"members: '{id}' is a User, not a ''." == answer["detail"]


LONG = "x" * 100_000


@pytest.mark.parametrize(
    "send",
    [
        lambda api: api.get("/Users", count=LONG),
        lambda api: api.get("/Users", sortBy=LONG),
        lambda api: api.get("/Users", sortBy="userName", sortOrder=LONG),
        lambda api: api.get("/Users", filter=f'{LONG[:5000]} eq "x"'),
        lambda api: api.get("/Users", filter=f'active eq "{LONG[:5000]}"'),
        lambda api: api.get(f"/Schemas/{LONG}"),
        lambda api: api.get(f"/Users/{LONG}"),
        lambda api: api.get(f"/{LONG}"),
        lambda api: api.post("/Users", ADA, content_type=f"text/{LONG}"),
        lambda api: api.post("/Users", ADA | {"schemas": [urns.USER, LONG]}),
        lambda api: api.post("/Users", ADA | {"active": LONG}),
        lambda api: api.post("/Users", ADA | {LONG: "x"}),
        lambda api: api.post("/Users", f'{{"{LONG}": 1, "{LONG}": 2}}'),
        lambda api: api.patch(api.user(), {"op": LONG, "path": "title", "value": "x"}),
        lambda api: api.patch(api.user(), {"op": "add", "path": LONG, "value": "x"}),
        lambda api: api.patch(api.user(), {"op": "add", "value": {LONG: "x"}}),
        lambda api: api.patch(api.user(), {"op": "add", "path": "emails", "value": [{LONG: "x"}]}),
        lambda api: api.patch(api.group("g"), add_member(LONG)),
    ],
)
def test_what_was_sent_is_quoted_in_part(strict_api, send):
    answer = send(strict_api)

    assert answer.status >= 400
    assert len(answer["detail"]) <= 250


def test_a_long_filter_is_quoted_in_part(api):
    filter = f'active eq "{"x " * 2000}"'

    assert len(api.get("/Users", filter=filter)["detail"]) <= 600


def add_member(id):
    return {"op": "add", "path": "members", "value": [{"value": id}]}


def test_a_huge_start_index_is_told_back_as_the_largest_exact_integer(api):
    assert 2**53 - 1 == api.get("/Users", startIndex="9" * 30)["startIndex"]


@MODES
@pytest.mark.parametrize("text", ["%FF", "%ED%A0%80", "a%C3"])
def test_a_query_that_is_not_utf_8_is_refused(make_api, strict, text):
    api = make_api(strict=strict)
    api.user("%FF" if not strict else "ff")

    answer = api.request("GET", f"/Users?filter=userName%20eq%20%22{text}%22")

    assert (400, "invalidValue") == answer.error


@MODES
def test_an_upgrade_is_passed_over(make_api, strict):
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"}

    assert 200 == make_api(strict=strict).get("/Users", headers=headers).status


@pytest.mark.parametrize("path", ["", "/"])
def test_the_base_url_tells_its_methods(api, path):
    assert {"GET", "HEAD", "OPTIONS"} == set(
        api.request("OPTIONS", path).headers["Allow"].split(", ")
    )


@MODES
def test_the_paths_of_one_patch_are_of_bounded_length(make_api, strict):
    api = make_api(strict=strict)
    path = "emails[" + " or ".join(f'value eq "{n:30}"' for n in range(150)) + "]"
    operations = [{"op": "remove", "path": path}] * (256 * 1024 // len(path) + 1)

    assert (413, None) == api.patch(api.user(), *operations).error
