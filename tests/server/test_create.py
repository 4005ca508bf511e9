"""POST /Users and /Groups (RFC 7644 §3.3)."""

from scim_protocol import urns

ADA = {"schemas": [urns.USER], "userName": "ada", "name": {"givenName": "Ada"}}


def test_a_creation_answers_201_with_the_resource(api):
    answer = api.post("/Users", ADA)

    assert 201 == answer.status
    assert "ada" == answer["userName"]
    assert {"givenName": "Ada"} == answer["name"]


def test_location_is_the_url_of_the_resource(api):
    answer = api.post("/Users", ADA)

    assert f"http://localhost/scim/v2/Users/{answer['id']}" == answer.headers["Location"]
    assert answer.headers["Location"] == answer["meta"]["location"]


def test_meta_tells_type_times_and_version(api):
    meta = api.post("/Users", ADA)["meta"]

    assert "User" == meta["resourceType"]
    assert meta["created"] == meta["lastModified"]
    assert 'W/"1"' == meta["version"]


def test_what_was_created_can_be_read(api):
    created = api.post("/Users", ADA)

    assert created.json == api.get(f"/Users/{created['id']}").json


def test_read_only_attributes_are_ignored(api):
    answer = api.post("/Users", ADA | {"id": "mine", "meta": {"version": "9"}, "groups": [{}]})

    assert "mine" != answer["id"]
    assert 'W/"1"' == answer["meta"]["version"]
    assert "groups" not in answer.json


def test_a_user_needs_a_user_name(api):
    assert (400, "invalidValue") == api.post("/Users", {"schemas": [urns.USER]}).error


def test_a_body_needs_schemas(api):
    assert (400, "invalidSyntax") == api.post("/Users", {"userName": "ada"}).error


def test_a_second_user_of_the_same_name_in_any_case_is_refused(api):
    api.user("Ada")

    assert (409, "uniqueness") == api.post("/Users", ADA | {"userName": "aDA"}).error


def test_a_user_name_is_taken_also_by_an_inactive_user(api):
    api.user("ada", active=False)

    assert (409, "uniqueness") == api.post("/Users", ADA).error


def test_a_user_name_is_free_again_after_a_deletion(api):
    api.delete(api.user("ada"))

    assert 201 == api.post("/Users", ADA).status


def test_a_refused_creation_leaves_nothing_behind(api):
    api.user("ada")
    api.post("/Users", ADA)

    assert 1 == api.get("/Users")["totalResults"]


def test_a_second_group_of_the_same_name_is_refused(api):
    api.group("Sales")

    answer = api.post("/Groups", {"schemas": [urns.GROUP], "displayName": "sales"})

    assert (409, "uniqueness") == answer.error


def test_group_names_may_be_allowed_to_repeat(make_api):
    api = make_api(unique_group_names=False)

    assert api.group("Sales") != api.group("Sales")


def test_a_group_is_created_with_its_members(api):
    ada, bob = api.user("ada"), api.user("bob")

    assert {ada, bob} == api.members(api.group("Sales", ada, bob))


def test_an_unknown_member_is_refused_by_its_id(api):
    body = {"schemas": [urns.GROUP], "displayName": "Sales", "members": [{"value": "nobody"}]}

    answer = api.post("/Groups", body)

    assert (400, "invalidValue") == answer.error
    assert "nobody" in answer["detail"]


def test_a_group_refused_for_a_member_is_not_created(api):
    body = {"schemas": [urns.GROUP], "displayName": "Sales", "members": [{"value": "nobody"}]}
    api.post("/Groups", body)

    assert 0 == api.get("/Groups")["totalResults"]


def test_a_member_without_an_id_is_refused(api):
    body = {"schemas": [urns.GROUP], "displayName": "Sales", "members": [{"display": "Ada"}]}

    assert (400, "invalidValue") == api.post("/Groups", body).error


def test_the_answer_is_projected(api):
    answer = api.request("POST", "/Users", ADA, attributes="userName")

    assert {"schemas", "id", "userName"} == set(answer.json)
