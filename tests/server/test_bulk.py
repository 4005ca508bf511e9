"""/Bulk: many operations in one request (RFC 7644 §3.7), and its limits and errors."""

import json
import tracemalloc

import pytest

from scim_protocol import urns
from scim_server.bulk import execution
from scim_server.store.connections import Connection

URL = "http://localhost/scim/v2"


def message(*operations, **more):
    return {"schemas": [urns.BULK_REQUEST], "Operations": list(operations), **more}


def bulk(api, *operations, **more):
    """Send operations and return their results."""
    answer = api.post("/Bulk", message(*operations, **more))
    assert 200 == answer.status, answer.text
    assert [urns.BULK_RESPONSE] == answer["schemas"]
    return answer["Operations"]


def statuses(results):
    return [result["status"] for result in results]


def op(method, path, data=None, **more):
    return {"method": method, "path": path, **({} if data is None else {"data": data}), **more}


def user(name, **attributes):
    return {"schemas": [urns.USER], "userName": name, **attributes}


def post_user(name, **attributes):
    """A POST of a user whose bulkId is the userName."""
    return op("POST", "/Users", user(name, **attributes), bulkId=name)


def patch(path, *operations, **more):
    return op("PATCH", path, {"schemas": [urns.PATCH_OP], "Operations": list(operations)}, **more)


def replace(path, value):
    return {"op": "replace", "path": path, "value": value}


def fault(result):
    """The status and scimType of an operation that failed."""
    body = result["response"]
    assert [urns.ERROR] == body["schemas"]
    assert result["status"] == body["status"]
    assert body["detail"]
    return int(result["status"]), body.get("scimType")


# --- what a result has -------------------------------------------------------------------------


def test_one_request_adds_replaces_changes_and_removes(api):
    bob, carol, dave = (api.user(name, nickName="x") for name in ("bob", "carol", "dave"))

    results = bulk(
        api,
        post_user("alice"),
        op("PUT", bob, user("bob", title="new"), version='W/"1"'),
        patch(carol, {"op": "remove", "path": "nickName"}, replace("userName", "cleo")),
        op("DELETE", dave),
        failOnErrors=1,
    )

    (alice,) = api.find('userName eq "alice"')
    assert [
        {
            "method": "POST",
            "bulkId": "alice",
            "version": 'W/"1"',
            "location": f"{URL}/Users/{alice['id']}",
            "status": "201",
        },
        {"method": "PUT", "version": 'W/"2"', "location": URL + bob, "status": "200"},
        {"method": "PATCH", "version": 'W/"2"', "location": URL + carol, "status": "200"},
        {"method": "DELETE", "location": URL + dave, "status": "204"},
    ] == results
    assert ("new", "cleo") == (api.get(bob)["title"], api.get(carol)["userName"])
    assert 404 == api.get(dave).status


def test_a_patch_of_a_group_is_204_as_it_is_alone(api):
    group = api.group("Sales")

    (result,) = bulk(api, patch(group, replace("externalId", "x")))

    assert ("204", 'W/"2"') == (result["status"], result["version"])


def test_an_operation_that_fails_has_the_error_that_it_would_have_alone(api):
    missing = "/Users/no-such-id"
    body = user("x")

    results = bulk(
        api, op("PUT", missing, body), op("DELETE", missing), op("POST", "/Users", {}, bulkId="a")
    )

    alone = [
        api.put(missing, body).json,
        api.delete(missing).json,
        api.post("/Users", {}).json,
    ]
    assert alone == [result["response"] for result in results]
    assert ["404", "404", "400"] == statuses(results)


def test_every_result_has_a_location_but_that_of_a_post_that_failed(api):
    results = bulk(
        api, op("POST", "/Users", {}, bulkId="a"), op("DELETE", "/Users/x"), op("PUT", "/Y/1", {})
    )

    assert [None, f"{URL}/Users/x", f"{URL}/Y/1"] == [each.get("location") for each in results]


def test_a_bulk_id_comes_back_with_every_operation_that_has_one(api):
    results = bulk(
        api,
        op("DELETE", "/Users/x", bulkId="gone"),
        op("POST", "/Users", {}, bulkId="bad"),
        op("DELETE", "/Users/x"),
    )

    assert ["gone", "bad", None] == [result.get("bulkId") for result in results]


def test_no_operations_have_no_results(api):
    assert [] == bulk(api)


def test_names_of_the_message_are_taken_in_any_letter_case(api):
    body = {
        "Schemas": [urns.BULK_REQUEST],
        "operations": [
            {"Method": "POST", "PATH": "/Users", "bulkid": "a", "Data": user("ada")},
        ],
    }

    assert ["201"] == statuses(api.post("/Bulk", body)["Operations"])


# --- operations that cannot be -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (op("GET", "/Users/1"), (405, None)),
        (op("HEAD", "/Users/1"), (405, None)),
        (op("", "/Users/1"), (405, None)),
        (op("POST", "/Bulk", message(), bulkId="a"), (404, None)),
        (op("POST", "/.search", {}, bulkId="a"), (404, None)),
        (op("POST", "/Robots", {}, bulkId="a"), (404, None)),
        (op("PUT", "/Schemas/x", {}), (404, None)),
        (op("PUT", "/", {}), (404, None)),
        (op("PUT", "", {}), (404, None)),
        (op("PUT", "/Usersx/1", {}), (404, None)),
        (op("POST", "/Users/.search", {}, bulkId="a"), (405, None)),
        (op("POST", "/Users/1", user("x"), bulkId="a"), (405, None)),
        (op("PUT", "/Users", user("x")), (405, None)),
        (op("DELETE", "/Users/"), (405, None)),
        (op("POST", "/Users", user("x")), (400, "invalidSyntax")),
        (op("POST", "/Users", user("x"), bulkId=""), (400, "invalidSyntax")),
        (op("POST", "/Users", bulkId="a"), (400, "invalidSyntax")),
        (op("PUT", "/Users/1"), (400, "invalidSyntax")),
        (op("PATCH", "/Users/1"), (400, "invalidSyntax")),
        (op("PATCH", "/Users/1", {}), (400, "invalidSyntax")),
        (patch("/Users/1", {"op": "move", "path": "title"}), (404, None)),
    ],
)
def test_an_operation_that_cannot_be_fails_alone(api, operation, expected):
    first, bad, last = bulk(api, post_user("ada"), operation, post_user("bob"))

    assert expected == fault(bad)
    assert ["201", "201"] == statuses([first, last])


def test_a_slash_at_the_beginning_or_the_end_of_a_path_makes_no_difference(api):
    results = bulk(api, op("POST", "Users/", user("ada"), bulkId="a"))

    assert ["201"] == statuses(results)


def test_a_method_is_taken_in_any_letter_case_unless_strict(api, strict_api):
    operation = op("Post", "/Users", user("ada"), bulkId="a")

    assert [("POST", "201")] == [(r["method"], r["status"]) for r in bulk(api, operation)]
    assert [(405, None)] == [fault(r) for r in bulk(strict_api, operation)]


# --- each for itself, and how many errors ------------------------------------------------------


def test_without_a_limit_all_operations_are_carried_out_whatever_fails(api):
    bad = [op("DELETE", f"/Users/{n}") for n in range(20)]

    results = bulk(api, *bad, post_user("ada"))

    assert [*["404"] * 20, "201"] == statuses(results)


@pytest.mark.parametrize(("limit", "expected"), [(0, 2), (1, 2), (2, 4), (3, 5), (9, 5)])
def test_after_so_many_errors_the_rest_is_not_carried_out(api, limit, expected):
    missing = op("DELETE", "/Users/x")

    results = bulk(
        api, post_user("a"), missing, post_user("b"), missing, post_user("c"), failOnErrors=limit
    )

    assert ["201", "404", "201", "404", "201"][:expected] == statuses(results)
    assert ["a", "b", "c"][: (expected + 1) // 2] == api.names("userName pr")


def test_an_operation_that_fails_leaves_nothing_of_itself(api):
    group = api.group("Sales")
    body = {"schemas": [urns.GROUP], "displayName": "New", "members": [{"value": "nobody"}]}

    results = bulk(
        api,
        op("POST", "/Groups", body, bulkId="a"),
        patch(group, replace("displayName", "Other"), replace("members", [{"value": "nobody"}])),
        post_user("ada"),
    )

    assert ["400", "400", "201"] == statuses(results)
    assert ["Sales"] == [g["displayName"] for g in api.find("id pr", "/Groups")]
    assert 'W/"1"' == api.get(group)["meta"]["version"]


def test_an_operation_sees_what_those_before_it_have_done(api):
    ada = api.user("ada")

    results = bulk(
        api,
        post_user("ada"),
        op("DELETE", ada),
        op("POST", "/Users", user("ada"), bulkId="again"),
        op("DELETE", ada),
    )

    assert ["409", "204", "201", "404"] == statuses(results)


def test_a_version_is_what_the_resource_must_be_at(api):
    ada = api.user("ada")

    results = bulk(
        api,
        patch(ada, replace("title", "a"), version='W/"1"'),
        patch(ada, replace("title", "b"), version='W/"1"'),
        op("PUT", ada, user("ada"), version='W/"9"'),
        op("DELETE", ada, version='W/"1"'),
        op("DELETE", ada, version='W/"2"'),
    )

    assert ["200", "412", "412", "412", "204"] == statuses(results)


def test_the_preconditions_of_the_request_itself_are_not_those_of_its_operations(api):
    ada = api.user("ada")

    answer = api.post("/Bulk", message(op("DELETE", ada)), headers={"If-Match": 'W/"9"'})

    assert ["204"] == statuses(answer["Operations"])


@pytest.fixture
def commits(monkeypatch):
    """Count how often the database is made to wait for the disk."""
    seen = []
    execute = Connection.execute

    def counted(self, sql, *parameters):
        seen.extend([sql] * (sql == "COMMIT"))
        return execute(self, sql, *parameters)

    monkeypatch.setattr(Connection, "execute", counted, raising=False)
    return seen


def test_many_operations_wait_for_the_disk_once(api, monkeypatch, commits):
    monkeypatch.setattr(execution, "LONGEST_SECONDS", 60)

    bulk(api, *[post_user(f"user{n}") for n in range(100)])

    assert 1 == len(commits)


def test_other_writers_come_in_when_a_request_takes_long(api, monkeypatch, commits):
    monkeypatch.setattr(execution, "LONGEST_SECONDS", 0)

    results = bulk(api, post_user("a"), post_user("a"), op("DELETE", "/Users/x"), post_user("b"))

    assert ["400", "400", "404", "201"] == statuses(results)
    assert 4 == len(commits)


@pytest.mark.parametrize("store", ["SQLite", "PostgreSQL"])
def test_of_many_creations_those_that_are_refused_fail_alone(make_api, request, store):
    url = request.getfixturevalue("postgres_url") if store == "PostgreSQL" else ":memory:"
    api = make_api(database=url)
    api.user("user3")
    names = [f"user{n}" for n in range(9)] + ["USER5"]
    results = bulk(
        api,
        *[op("POST", "/Users", user(name), bulkId=f"b{n}") for n, name in enumerate(names)],
        failOnErrors=2,
    )

    assert ["201"] * 3 + ["409"] + ["201"] * 5 + ["409"] == statuses(results)
    assert set(names[:9]) == set(api.names("userName pr"))


def test_what_was_answered_is_in_the_file(make_api, tmp_path):
    file = str(tmp_path / "scim.db")
    api = make_api(database=file)
    bulk(api, op("DELETE", "/Users/x"), post_user("ada"), op("DELETE", "/Users/y"))
    api.close()

    assert ["ada"] == make_api(database=file).names("userName pr")


# --- as single requests are --------------------------------------------------------------------


def test_what_clients_send_beyond_the_rfc_is_taken_unless_strict(api, strict_api):
    for one, expected in ((api, "200"), (strict_api, "400")):
        ada = one.user("ada")
        change = {"op": "Replace", "path": "active", "value": "False"}

        assert [expected] == statuses(bulk(one, patch(ada, change)))

    assert ["ada"] == api.names("active eq false")


def test_a_patch_may_come_without_schemas_as_in_the_example_of_the_rfc(strict_api):
    ada = strict_api.user("ada")

    results = bulk(strict_api, op("PATCH", ada, {"Operations": [replace("title", "x")]}))

    assert ["200"] == statuses(results)
    assert "x" == strict_api.get(ada)["title"]


def test_passwords_are_kept_as_hashes(api):
    bulk(api, post_user("ada", password="correct horse"))

    service = api.app.extensions["scim_server"]
    (ada,) = api.find('userName eq "ada"')
    with service.store.read() as tx:
        record = tx.get(service.catalog.models["User"], ada["id"])
    assert "$argon2id$" in record.secrets
    assert b"correct horse" not in record.document


def test_a_resource_may_be_as_large_as_in_a_request_of_its_own(make_api):
    api = make_api(max_resource=2000)

    results = bulk(api, post_user("ada", title="x" * 1500), post_user("bob", title="x" * 2500))

    assert ["201", "413"] == statuses(results)


# --- the whole request -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"Operations": []},
        {"schemas": [urns.PATCH_OP], "Operations": []},
        {"schemas": [urns.BULK_REQUEST]},
        {"schemas": [urns.BULK_REQUEST], "Operations": {}},
        message("POST"),
        message({"path": "/Users"}),
        message({"method": "DELETE"}),
        message(op("POST", 1)),
        message(op("POST", "/Users", "text", bulkId="a")),
        message(op("POST", "/Users", {}, bulkId=1)),
        message(failOnErrors=-1),
        message(failOnErrors="1"),
        message(failOnErrors=1.5),
        message(operations=[]),
    ],
    ids=lambda body: json.dumps(body)[:60],
)
def test_a_message_that_is_no_bulk_request_is_400(api, body):
    assert (400, "invalidSyntax") == api.post("/Bulk", body).error


def test_a_malformed_operation_keeps_all_others_from_being_carried_out(api):
    assert 400 == api.post("/Bulk", message(post_user("ada"), {"method": "POST"})).status

    assert [] == api.names("userName pr")


def test_a_bulk_request_needs_a_token(api):
    assert 401 == api.post("/Bulk", message(post_user("ada")), token=None).status


def test_the_limits_are_those_that_are_announced(make_api):
    api = make_api(max_bulk_operations=3, max_bulk_payload=2000)

    claimed = api.get("/ServiceProviderConfig")["bulk"]

    assert {"supported": True, "maxOperations": 3, "maxPayloadSize": 2000} == claimed


def test_the_announced_size_is_never_more_than_a_body_may_have(make_api):
    assert 5000 == make_api(max_body=5000).get("/ServiceProviderConfig")["bulk"]["maxPayloadSize"]


def test_more_operations_than_the_limit_are_413_and_nothing_is_done(make_api):
    api = make_api(max_bulk_operations=2)

    assert 2 == len(bulk(api, post_user("a"), post_user("b")))
    answer = api.post("/Bulk", message(*map(post_user, "cde")))

    assert (413, None) == answer.error
    assert "maxOperations (2)" in answer["detail"]
    assert ["a", "b"] == api.names("userName pr")


@pytest.mark.parametrize("size", [2001, 4000, 9_000_000])
def test_a_request_larger_than_the_limit_is_413_and_names_it(make_api, size):
    api = make_api(max_bulk_payload=2000)
    body = json.dumps(message())

    assert 200 == api.post("/Bulk", body.ljust(2000)).status
    answer = api.post("/Bulk", body.ljust(size))

    assert (413, None) == answer.error
    assert "maxPayloadSize (2000 bytes)" in answer["detail"]


@pytest.mark.parametrize("strict", [False, True])
def test_the_resources_that_one_request_changes_are_of_bounded_size(make_api, strict):
    api = make_api(strict=strict, max_bulk_work=20_000)
    path = api.user(displayName="x" * 8000)
    change = {"op": "replace", "path": "title", "value": "T"}
    data = {"schemas": [urns.PATCH_OP], "Operations": [change]}
    operations = [{"method": "PATCH", "path": path, "data": data}] * 4
    answer = api.post("/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": operations})

    assert ["200", "200", "413", "413"] == [one["status"] for one in answer["Operations"]]


def test_what_was_refused_is_not_kept_until_the_end(make_api):
    """The resource that the operations are of is of a megabyte: to keep it for each is too much."""
    api = make_api(max_bulk_work=1_100_000)
    path = api.user(title="x" * 500_000)
    operations = [patch(path, replace("nickName", str(number))) for number in range(60)]
    tracemalloc.start()
    try:
        results = bulk(api, *operations)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert ["200"] * 2 + ["413"] * 58 == statuses(results)
    assert most < 20_000_000


def test_operations_that_failed_do_not_keep_what_they_read(api):
    path = api.user(title="x" * 500_000)
    operations = [patch(path, replace('emails[type eq "none"]', {"value": "x"}))] * 60
    tracemalloc.start()
    try:
        results = bulk(api, *operations)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert {(400, "noTarget")} == set(map(fault, results))
    assert most < 20_000_000


def test_the_filters_of_one_request_look_at_so_many_values_together(make_api):
    api = make_api(strict=True)
    path = api.user(emails=[{"value": f"{number}@x.org"} for number in range(1000)])
    tree = " or ".join(f'value co "q{number}"' for number in range(40))
    large = patch(path, replace(f"emails[{tree}].display", "x"))

    *filtered, other = bulk(api, *[large] * 52, patch(path, replace("title", "x")))

    # Of 40 comparisons with each of 1,000 values, 50 make two million.
    assert [(400, "noTarget")] * 50 + [(400, "tooMany")] * 2 == list(map(fault, filtered))
    assert "200" == other["status"]
