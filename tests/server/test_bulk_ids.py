"""bulkIds: what a bulk request calls the resources that it creates (RFC 7644 §3.7.1, §3.7.2)."""

from pathlib import Path

import pytest

from scim_protocol import urns

E = urns.ENTERPRISE_USER


def send(api, *operations, **more):
    """Send operations; return their results, and the paths of what was created by bulkId."""
    body = {"schemas": [urns.BULK_REQUEST], "Operations": list(operations), **more}
    answer = api.post("/Bulk", body)
    assert 200 == answer.status, answer.text
    results = answer["Operations"]
    created = {
        result["bulkId"]: result["location"].removeprefix("http://localhost/scim/v2")
        for result in results
        if result["status"] == "201"
    }
    return results, created


def statuses(results):
    return [result["status"] for result in results]


def fault(result):
    return int(result["status"]), result["response"].get("scimType")


def user(bulk_id, manager=None, **attributes):
    body = {"schemas": [urns.USER], "userName": bulk_id, **attributes}
    if manager:
        body["schemas"].append(E)
        body[E] = {"manager": {"value": manager}}
    return {"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": body}


def group(bulk_id, *members):
    body = {"schemas": [urns.GROUP], "displayName": f"Group {bulk_id}"}
    body["members"] = [{"value": member} for member in members]
    return {"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": body}


def patch(resource, /, **operation):
    data = {"schemas": [urns.PATCH_OP], "Operations": [operation]}
    return {"method": "PATCH", "path": resource, "data": data}


def add_member(path, member):
    return patch(path, op="add", path="members", value=[{"value": member}])


def id_of(path):
    return path.rpartition("/")[2]


def manager_of(api, path):
    return api.get(path)[E]["manager"]["value"]


# --- the examples of the RFC -------------------------------------------------------------------


def test_a_new_user_becomes_a_member_of_a_new_group(api):
    """§3.7.2, the first example."""
    results, made = send(api, user("qwerty"), group("ytrewq", "bulkId:qwerty"))

    assert ["201", "201"] == statuses(results)
    assert {made["qwerty"]} == api.members(made["ytrewq"])
    assert api.get(made["ytrewq"]).headers["ETag"] == results[1]["version"]


def test_a_new_user_becomes_the_manager_of_another(api):
    """§3.7.2, the second example."""
    _, made = send(api, user("qwerty"), user("ytrewq", "bulkId:qwerty", title="x"))

    assert id_of(made["qwerty"]) == manager_of(api, made["ytrewq"])


def test_two_new_groups_become_members_of_each_other(api):
    """§3.7.1."""
    results, made = send(api, group("qwerty", "bulkId:ytrewq"), group("ytrewq", "bulkId:qwerty"))

    assert ["201", "201"] == statuses(results)
    assert {made["ytrewq"]} == api.members(made["qwerty"])
    assert {made["qwerty"]} == api.members(made["ytrewq"])


# --- where references stand --------------------------------------------------------------------


def test_a_path_may_name_what_is_created(api):
    results, made = send(
        api,
        user("ada"),
        user("bob"),
        user("eve"),
        patch("/Users/bulkId:ada", op="add", path="title", value="x"),
        {"method": "PUT", "path": "/Users/bulkId%3Abob", "data": user("bob", title="y")["data"]},
        {"method": "DELETE", "path": "/Users/bulkId:eve"},
    )

    assert ["201", "201", "201", "200", "200", "204"] == statuses(results)
    assert [results[n]["location"] for n in range(3)] == [r["location"] for r in results[3:]]
    assert ("x", "y") == (api.get(made["ada"])["title"], api.get(made["bob"])["title"])
    assert 404 == api.get(made["eve"]).status


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "members", "value": [{"value": "bulkId:u"}]},
        {"op": "add", "path": "members", "value": {"value": "bulkId:u", "type": "User"}},
        {"op": "add", "value": {"members": [{"value": "bulkId:u"}]}},
        {"op": "replace", "path": f"{urns.GROUP}:members", "value": [{"value": "bulkId:u"}]},
        {"OP": "add", "PATH": "members", "VALUE": [{"value": "bulkId:u"}]},
    ],
)
def test_the_value_of_a_patch_may_name_what_is_created(api, operation):
    sales = api.group("Sales")
    message = {"schemas": [urns.PATCH_OP], "operations": [operation]}

    _, made = send(api, user("u"), {"method": "PATCH", "path": sales, "data": message})

    assert {made["u"]} == api.members(sales)


def test_the_value_of_a_patch_may_be_a_bare_reference(api):
    ada = api.user("ada")

    _, made = send(
        api, user("u"), patch(ada, op="add", path=f"{E}:manager.value", value="bulkId:u")
    )

    assert id_of(made["u"]) == manager_of(api, ada)


@pytest.mark.parametrize("bulk_id", ["u", 'qu"ote', "back\\slash", "a]b", "ü:1", "bulkId:u"])
def test_the_filter_of_a_path_may_name_what_is_created(api, bulk_id):
    keep = api.user("keep")
    quoted = f"bulkId:{bulk_id}".replace("\\", "\\\\").replace('"', '\\"')

    results, made = send(
        api,
        user(bulk_id, userName="ada"),
        group("g", f"bulkId:{bulk_id}", id_of(keep)),
        patch("/Groups/bulkId:g", op="remove", path=f'members[value eq "{quoted}"]'),
    )

    assert "204" == results[2]["status"], results[2]
    assert {keep} == api.members(made["g"])


def test_a_put_may_name_what_is_created(api):
    sales = api.group("Sales")
    body = group("Sales", "bulkId:u")["data"]

    _, made = send(api, user("u"), {"method": "PUT", "path": sales, "data": body})

    assert {made["u"]} == api.members(sales)


def test_a_url_may_end_in_the_name_of_what_is_created(api):
    data = user("ada")["data"]
    data[E] = {"manager": {"value": "bulkId:u", "$ref": "../Users/bulkId:u"}}

    _, made = send(
        api, user("u"), {"method": "POST", "path": "/Users", "bulkId": "ada", "data": data}
    )

    assert id_of(made["u"]) in api.get(made["ada"])[E]["manager"]["$ref"]
    assert "bulkId" not in api.get(made["ada"]).text


def test_text_that_only_contains_the_prefix_is_left_alone(api):
    _, made = send(api, user("ada", title="see bulkId:ada", nickName="bulkid:ada"))

    shown = api.get(made["ada"]).json
    assert ("see bulkId:ada", "bulkid:ada") == (shown["title"], shown["nickName"])


TEXTS = {"displayName": "bulkId:u", "title": "bulkId:nobody", "externalId": "bulkId:u"}


def test_text_that_is_no_id_stays_text_whoever_it_seems_to_name(api):
    ada, mail = api.user("ada"), {"value": "bulkId:u", "type": "bulkId:x", "display": "bulkId:u"}
    texts = TEXTS | {"emails": [mail], "name": {"familyName": "bulkId:u"}}
    put = {"method": "PUT", "path": ada, "data": user("ada", **texts)["data"]}

    results, made = send(api, user("u", **texts), put)

    assert ["201", "200"] == statuses(results)
    for path in (made["u"], ada):
        shown = api.get(path).json
        assert texts == {name: shown[name] for name in texts}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "displayName", "value": "bulkId:u"},
        {"op": "replace", "value": {"displayName": "bulkId:u"}},
        {"op": "replace", "value": {f"{urns.USER}:displayName": "bulkId:u"}},
    ],
)
def test_text_of_a_patch_that_is_no_id_stays_text(api, operation):
    ada = api.user("ada")

    send(api, user("u"), patch(ada, **operation))

    assert "bulkId:u" == api.get(ada)["displayName"]


def test_a_filter_by_text_that_is_no_id_is_left_alone(api):
    ada = api.user("ada", emails=[{"value": "bulkId:nobody"}, {"value": "a@x.org"}])

    send(api, patch(ada, op="remove", path='emails[value eq "bulkId:nobody"]'))

    assert ["a@x.org"] == [mail["value"] for mail in api.get(ada)["emails"]]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": f"{E}:manager", "value": {"value": "bulkId:u"}},
        {"op": "add", "path": f"{E}:manager", "value": "bulkId:u"},
        {"op": "add", "path": "manager", "value": "bulkId:u"},
        {"op": "add", "path": "manager", "value": [{"$ref": None, "value": "bulkId:u"}]},
        {"op": "add", "path": E, "value": {"manager": {"value": "bulkId:u"}}},
        {"op": "add", "value": {E: {"manager": {"value": "bulkId:u"}}}},
        {"op": "add", "value": {f"{E}:manager": {"value": "bulkId:u"}}},
        {"op": "add", "value": {f"{E}:manager.value": "bulkId:u"}},
        {"op": "add", "value": {"Manager": {"Value": "bulkId:u"}}},
    ],
)
def test_an_id_is_resolved_in_whatever_form_it_is_sent(api, operation):
    ada = api.user("ada")

    _, made = send(api, user("u"), patch(ada, **operation))

    assert id_of(made["u"]) == manager_of(api, ada)


def test_references_of_schemas_of_ones_own_are_resolved(make_api):
    api = make_api(schemas=str(Path(__file__).parents[2] / "examples" / "schemas"))
    data = {
        "schemas": ["urn:example:params:scim:schemas:core:2.0:Device"],
        "displayName": "bulkId:u",
        "serial": "A1",
        "owner": {"value": "bulkId:u"},
    }
    device = {"method": "POST", "path": "/Devices", "bulkId": "d", "data": data}

    _, made = send(api, device, user("u"))

    shown = api.get(made["d"]).json
    assert (id_of(made["u"]), "bulkId:u") == (shown["owner"]["value"], shown["displayName"])


# --- the order ---------------------------------------------------------------------------------


def test_what_is_created_later_can_be_named_before(api):
    sales = api.group("Sales")

    results, made = send(
        api,
        add_member(sales, "bulkId:u"),
        add_member("/Groups/bulkId:g", "bulkId:u"),
        group("g"),
        user("u"),
    )

    assert ["PATCH", "PATCH", "POST", "POST"] == [result["method"] for result in results]
    assert ["204", "204", "201", "201"] == statuses(results)
    assert {made["u"]} == api.members(sales) == api.members(made["g"])


def test_operations_on_one_resource_keep_their_order_whatever_they_name(api):
    sales, old = api.group("Sales"), api.user("old")

    _, made = send(
        api,
        {"method": "PUT", "path": sales, "data": group("Sales", "bulkId:u")["data"]},
        add_member(sales, id_of(old)),
        user("u"),
    )

    assert {made["u"], old} == api.members(sales)


@pytest.mark.parametrize("step", [1, -1])
def test_a_chain_of_references_may_be_as_long_as_the_request(api, step):
    chain = [user("0"), *(user(str(n), f"bulkId:{n - 1}") for n in range(1, 1000))]

    results, made = send(api, *chain[::step])

    assert {"201"} == set(statuses(results))
    assert id_of(made["998"]) == manager_of(api, made["999"])


# --- circles -----------------------------------------------------------------------------------


def test_a_circle_may_be_of_several_and_of_several_types(api):
    results, made = send(
        api,
        group("a", "bulkId:b", "bulkId:u"),
        user("u", "bulkId:v"),
        user("v", "bulkId:u"),
        group("b", "bulkId:c"),
        add_member("/Groups/bulkId:c", "bulkId:v"),
        group("c", "bulkId:a"),
    )

    assert ["201", "201", "201", "201", "204", "201"] == statuses(results)
    assert {made["b"], made["u"]} == api.members(made["a"])
    assert {made["a"], made["v"]} == api.members(made["c"])
    assert id_of(made["u"]) == manager_of(api, made["v"])
    assert id_of(made["v"]) == manager_of(api, made["u"])


def test_a_resource_may_name_itself(api):
    results, made = send(api, group("g", "bulkId:g"), user("u", "bulkId:u"))

    assert ["201", "201"] == statuses(results)
    assert {made["g"]} == api.members(made["g"])
    assert id_of(made["u"]) == manager_of(api, made["u"])


@pytest.mark.parametrize("position", [0, 1, 2])
def test_of_a_circle_all_are_created_or_none(api, position):
    api.user("taken")
    circle = [user("a", "bulkId:b"), user("b", "bulkId:c"), user("c", "bulkId:a")]
    circle[position]["data"]["userName"] = "taken"

    results, _ = send(api, *circle, user("other"))

    expected = [(409, None)] * 3
    expected[position] = (409, "uniqueness")
    assert expected == list(map(fault, results[:3]))
    assert ["other", "taken"] == sorted(api.names("userName pr"))


# --- references to nothing ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "operation",
    [
        group("g", "bulkId:nobody"),
        user("u", "bulkId:nobody"),
        {"method": "DELETE", "path": "/Users/bulkId:nobody"},
        patch("/Groups/bulkId:nobody", op="add", path="externalId", value="x"),
        patch("/Groups/1", op="remove", path='members[value eq "bulkId:nobody"]'),
    ],
)
def test_a_bulk_id_that_no_post_has_is_400_and_named(api, operation):
    (result,), _ = send(api, operation)

    assert (400, "invalidValue") == fault(result)
    assert "bulkId:nobody" in result["response"]["detail"]


def test_the_bulk_id_of_another_method_names_nothing(api):
    ada = api.user("ada")
    change = patch(ada, op="add", path="title", value="x") | {"bulkId": "a"}

    results, _ = send(api, change, group("g", "bulkId:a"))

    assert ["200", "400"] == statuses(results)


def test_a_bulk_id_of_several_posts_creates_nothing(api):
    second = user("b") | {"bulkId": "a"}

    results, _ = send(api, user("a"), second, group("g", "bulkId:a"), user("c"))

    assert ["400", "400", "409", "201"] == statuses(results)
    assert (400, "invalidValue") == fault(results[0]) == fault(results[1])
    assert ["c"] == api.names("userName pr")


def test_what_names_a_post_that_failed_is_409_all_along_the_chain(api):
    results, _ = send(
        api,
        {"method": "DELETE", "path": "/Users/bulkId:bad"},
        group("g", "bulkId:bad"),
        group("h", "bulkId:g"),
        user("bad", userName=""),
        user("good"),
    )

    assert ["409", "409", "409", "400", "201"] == statuses(results)
    assert "bulkId:bad" in results[1]["response"]["detail"]
    assert results[0]["location"].endswith("/scim/v2/Users/bulkId:bad")
    assert [] == api.find("id pr", "/Groups")


def test_a_post_drawn_forward_counts_as_the_error_that_it_is(api):
    results, _ = send(
        api, user("a"), group("g", "bulkId:b"), user("c"), user("b", userName=""), failOnErrors=1
    )

    assert ["201", "400"] == statuses(results)
    assert ["a"] == api.names("userName pr")


def test_a_bulk_id_may_stand_under_the_urn_of_the_core_schema(api):
    team = api.group("Team")
    members = {"members": [{"value": "bulkId:ada"}]}

    _, made = send(
        api,
        user("ada"),
        patch(team, op="add", value={urns.GROUP: members}),
        user("bob"),
        patch(team, op="add", path=urns.GROUP, value={"members": [{"value": "bulkId:bob"}]}),
    )

    assert set(made.values()) == api.members(team)
