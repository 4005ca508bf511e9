"""Clauses of RFC 7644 that no other test shows; docs/clauses.md has the table of all of them."""

import re

import pytest

from scim_protocol import urns

BASE = "http://localhost/scim/v2"
WEAK_TAG = re.compile(r'W/"[^"]+"')


def user(**more):
    return {"schemas": [urns.USER], "userName": "ada", **more}


def replacement(path, value):
    return {"op": "replace", "path": path, "value": value}


def addition(path, value):
    return {"op": "add", "path": path, "value": value}


def removal(path):
    return {"op": "remove", "path": path}


def body_of_patch(*operations):
    return {"schemas": [urns.PATCH_OP], "Operations": list(operations)}


@pytest.fixture
def people(api):
    """Three users, to be told apart by filters."""
    api.user("ada", title="Countess", active=True, emails=[{"value": "ada@x", "type": "work"}])
    api.user("bob", title="baker", active=False, emails=[{"value": "bob@y", "type": "home"}])
    api.user("eve", emails=[{"value": "eve@x", "type": "home"}, {"value": "e@y", "type": "work"}])
    return api


# --- §1 to §3.3: URLs, authentication, creation ------------------------------------------------


def test_urls_need_no_encoding(api):
    paths = [api.user("é a/b?c"), api.group("é a/b?c")]

    assert all(re.fullmatch(r"[\w/-]+", path) for path in paths)


def test_the_messages_of_the_protocol_are_of_its_namespace(api):
    answers = [api.get("/Users"), api.get("/Users/none"), api.get("/Schemas")]

    assert all(a["schemas"][0].startswith("urn:ietf:params:scim:api:") for a in answers)


def test_the_schemas_of_messages_cannot_be_discovered(api):
    ids = [schema["id"] for schema in api.get("/Schemas")["Resources"]]

    assert [] == [id for id in ids if ":api:" in id]
    assert 404 == api.get(f"/Schemas/{urns.PATCH_OP}").status


def test_endpoints_are_the_plurals_of_their_types(api):
    kinds = api.get("/ResourceTypes")["Resources"]

    assert all(f"/{kind['name']}s" == kind["endpoint"] for kind in kinds)


def test_a_replacement_creates_nothing(api):
    assert (404, None) == api.put("/Users/none", user()).error
    assert 0 == api.get("/Users")["totalResults"]


def test_nothing_is_given_a_value_that_was_not_sent(api):
    shown = api.post("/Users", user()).json

    assert {"schemas", "id", "userName", "meta"} == set(shown)


def test_an_answer_reflects_what_is_stored_and_not_what_was_sent(api):
    created = api.post("/Users", user(unknown="x", title=None, nickName="A"))

    assert {"schemas", "id", "userName", "nickName", "meta"} == set(created.json)
    assert created.json == api.get(f"/Users/{created['id']}").json


# --- §3.4: queries -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/Users", "/Schemas", "/ServiceProviderConfig"])
def test_a_parameter_that_is_not_known_is_ignored(api, path):
    assert api.get(path).json == api.get(path, colour="blue").json


def test_a_query_is_answered_with_a_list_response(people):
    answer = people.get("/Users").json

    assert [urns.LIST_RESPONSE] == answer["schemas"]
    assert 3 == answer["totalResults"] == len(answer["Resources"])


def test_a_part_of_the_results_says_where_it_begins_and_how_long_it_is(people):
    answer = people.get("/Users", startIndex=2, count=1)

    assert (2, 1, 3) == (answer["startIndex"], answer["itemsPerPage"], answer["totalResults"])


def test_a_query_of_all_types_is_restricted_to_a_type_by_a_filter(people):
    people.group("Sales")

    listed = people.find('meta.resourceType eq "Group"', "/")

    assert ["Sales"] == [one["displayName"] for one in listed]


def test_a_filter_must_be_an_expression(api):
    for text in ("", "   ", "userName", "eq", '"x"'):
        assert (400, "invalidFilter") == api.get("/Users", filter=text).error


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        ('title eq "countess" or userName eq "bob" and active eq true', ["ada"]),
        ('(title eq "countess" or userName eq "bob") and active eq false', ["bob"]),
        ('not (title pr) or userName eq "bob"', ["bob", "eve"]),
        ('not title pr or userName eq "bob"', None),
        ('emails[type eq "work" and value ew "@x"]', ["ada"]),
        ('emails.type eq "work" and emails.value ew "@x"', ["ada", "eve"]),
        ('emails[not (type eq "work") and (value sw "e" or value sw "b")]', ["bob", "eve"]),
        ('emails[shoeSize eq "9"]', None),
        ('name.shoeSize eq "9"', None),
        ('name eq "x"', None),
        ('userName xx "ada"', None),
        ('userName ~ "ada"', None),
    ],
)
def test_a_filter_is_evaluated_in_the_order_that_the_rfc_has(people, filter, names):
    if names is None:
        assert (400, "invalidFilter") == people.get("/Users", filter=filter).error
    else:
        assert names == people.names(filter)


@pytest.mark.parametrize("operator", ["gt", "ge", "lt", "le"])
def test_truth_has_no_order(api, operator):
    assert (400, "invalidFilter") == api.get("/Users", filter=f"active {operator} true").error


@pytest.mark.parametrize("operator", ["gt", "ge", "lt", "le"])
def test_binary_values_have_no_order(api, operator):
    filter = f'x509Certificates.value {operator} "AA=="'

    assert (400, "invalidFilter") == api.get("/Users", filter=filter).error


def test_the_refusal_of_a_filter_says_what_is_wrong(api):
    assert "shoeSize" in api.get("/Users", filter='shoeSize eq "9"')["detail"]


def test_users_are_found_by_their_schemas(api):
    api.user("ada", **{urns.ENTERPRISE_USER: {"department": "Sums"}})
    api.user("bob")

    assert ["ada"] == api.names(f'schemas eq "{urns.ENTERPRISE_USER}"')


def test_text_is_compared_in_any_case_only_where_the_schema_says_so(api):
    api.user("ada", externalId="e-A")

    assert ["ada"] == api.names('userName eq "ADA"')
    assert [] == api.names('externalId eq "E-a"')


def test_sorting_is_upwards_unless_said_otherwise(people):
    names = [one["userName"] for one in people.get("/Users", sortBy="userName")["Resources"]]

    assert ["ada", "bob", "eve"] == names


def test_sorting_by_case_exact_text_minds_the_case(api):
    for name, external in (("x", "b"), ("y", "B"), ("z", "a")):
        api.user(name, externalId=external)
    listed = api.get("/Users", sortBy="externalId")["Resources"]

    assert ["B", "a", "b"] == [one["externalId"] for one in listed]


def test_a_negative_count_is_none(people):
    answer = people.get("/Users", count=-1).json

    assert (3, 0) == (answer["totalResults"], len(answer.get("Resources", [])))


@pytest.mark.parametrize("form", ["emails.type", f"{urns.USER}:emails.type", "EMAILS.TYPE"])
def test_attributes_are_named_in_the_standard_notation(people, form):
    listed = people.find('userName eq "ada"', attributes=form)

    assert [{"type": "work"}] == listed[0]["emails"]


def test_what_is_always_returned_cannot_be_excluded(people):
    (ada,) = people.find('userName eq "ada"', excludedAttributes="id,schemas,userName")

    assert ada["id"]
    assert ada["schemas"]
    assert "userName" not in ada


def test_what_is_asked_for_comes_alone(people):
    (ada,) = people.find('userName eq "ada"', attributes="title")

    assert {"schemas", "id", "title"} == set(ada)


def test_a_search_message_takes_all_that_a_query_takes(people):
    message = {
        "schemas": [urns.SEARCH_REQUEST], "attributes": ["userName"], "filter": "emails pr",
        "sortBy": "userName", "sortOrder": "descending", "startIndex": 2, "count": 1,
    }  # fmt: skip
    answer = people.post("/Users/.search", message)

    assert (200, 3, "bob") == (
        answer.status, answer["totalResults"], answer["Resources"][0]["userName"]
    )  # fmt: skip


def test_a_search_message_without_a_valid_filter_is_refused(api):
    message = {"schemas": [urns.SEARCH_REQUEST], "filter": "userName is ada"}

    assert (400, "invalidFilter") == api.post("/Users/.search", message).error


def test_a_search_message_may_leave_everything_out(people):
    assert 3 == people.post("/Users/.search", {"schemas": [urns.SEARCH_REQUEST]})["totalResults"]


# --- §3.5, §3.6: changes -----------------------------------------------------------------------


def test_a_replacement_may_send_back_all_that_was_read(api):
    ada = api.user("ada")
    api.group("Sales", ada)
    read = api.get(ada).json

    assert read == api.put(ada, read).json


def test_a_replacement_replaces_what_it_gives(api):
    ada = api.user("ada", title="Countess", emails=[{"value": "a@b.c"}])

    shown = api.put(ada, user(title="Lady", emails=[{"value": "d@e.f"}])).json

    assert ("Lady", [{"value": "d@e.f"}]) == (shown["title"], shown["emails"])


def test_a_replacement_ignores_what_is_read_only(api):
    ada = api.user("ada")
    before = api.get(ada).json

    shown = api.put(ada, user(id="other", meta={"created": "1999-01-01T00:00:00Z"})).json

    assert (before["id"], before["meta"]) == (shown["id"], shown["meta"])


def test_a_replacement_must_give_what_is_required(api):
    ada = api.user("ada")

    assert (400, "invalidValue") == api.put(ada, {"schemas": [urns.USER], "title": "x"}).error


@pytest.mark.parametrize(
    "body",
    [
        {"Operations": [replacement("title", "x")]},
        {"schemas": [urns.USER], "Operations": [replacement("title", "x")]},
        {"schemas": [urns.PATCH_OP]},
        {"schemas": [urns.PATCH_OP], "Operations": []},
        {"schemas": [urns.PATCH_OP], "Operations": {}},
        body_of_patch({"path": "title", "value": "x"}),
        body_of_patch({"op": "move", "path": "title", "value": "x"}),
    ],
)
def test_a_patch_must_be_a_message_of_operations(strict_api, body):
    ada = strict_api.user("ada")

    assert (400, "invalidSyntax") == strict_api.request("PATCH", ada, body).error


def test_an_operation_with_its_op_given_twice_is_refused(api):
    raw = '{"op":"add","op":"remove","path":"title"}'
    body = f'{{"schemas":["{urns.PATCH_OP}"],"Operations":[{raw}]}}'

    assert (400, "invalidSyntax") == api.request("PATCH", api.user("ada"), body).error


@pytest.mark.parametrize("op", ["add", "replace"])
def test_a_path_may_be_left_out(api, op):
    ada = api.user("ada")

    assert "x" == api.patch(ada, {"op": op, "value": {"title": "x"}})["title"]


def test_a_removal_needs_a_path(api):
    ada = api.user("ada", title="x")

    assert (400, "noTarget") == api.patch(ada, {"op": "remove"}).error


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        (replacement("id", "x"), "mutability"),
        (replacement("title", 7), "invalidValue"),
        (replacement("name", "x"), "invalidValue"),
        (replacement("shoeSize", 43), "invalidPath"),
        (replacement("emails.", "x"), "invalidPath"),
    ],
)
def test_an_operation_that_does_not_fit_the_schema_is_an_error(api, operation, kind):
    assert (400, kind) == api.patch(api.user("ada"), operation).error


def test_an_extension_is_added_without_a_word_of_schemas(api):
    shown = api.patch(api.user("ada"), addition(f"{urns.ENTERPRISE_USER}:department", "Sums")).json

    assert [urns.USER, urns.ENTERPRISE_USER] == shown["schemas"]


def test_a_new_primary_value_takes_the_place_of_the_old(api):
    ada = api.user("ada", emails=[{"value": "a@b.c", "primary": True}])

    shown = api.patch(ada, addition("emails", [{"value": "d@e.f", "primary": True}])).json

    assert [False, True] == [email["primary"] for email in shown["emails"]]


def test_a_patch_of_which_one_operation_fails_changes_nothing(api):
    ada = api.user("ada", title="Countess")
    before = api.get(ada).json

    assert 400 == api.patch(ada, replacement("title", "x"), replacement("id", "x")).status
    assert before == api.get(ada).json


def test_a_patch_answers_with_the_whole_user(api):
    ada = api.user("ada", title="Countess")

    answer = api.patch(ada, replacement("title", "Lady"))

    assert (200, api.get(ada).json) == (answer.status, answer.json)


def test_a_patch_that_asks_for_attributes_is_answered_200(api):
    answer = api.patch(api.group("Sales"), addition("externalId", "e-1"), attributes="externalId")

    assert (200, "e-1") == (answer.status, answer["externalId"])


def test_an_addition_needs_a_value(strict_api):
    ada = strict_api.user("ada", title="x")

    assert 400 == strict_api.patch(ada, {"op": "add", "path": "title"}).status


def test_an_addition_to_a_complex_attribute_gives_its_parts(api):
    ada = api.user("ada", name={"givenName": "Ada"})

    shown = api.patch(ada, addition("name", {"familyName": "Lovelace"})).json

    assert {"givenName": "Ada", "familyName": "Lovelace"} == shown["name"]


def test_adding_what_is_there_leaves_the_time_of_the_last_change(api):
    ada = api.user("ada", title="Countess", emails=[{"value": "a@b.c"}])
    before = api.get(ada).json

    after = api.patch(ada, addition("title", "Countess"), addition("emails", [{"value": "a@b.c"}]))

    assert (200, before) == (after.status, after.json)


@pytest.mark.parametrize(
    "path", ["title", "emails", 'emails[type eq "work"]', "emails.value", "name.givenName"]
)
def test_what_is_removed_is_unassigned(api, path):
    ada = api.user(
        "ada", title="x", emails=[{"value": "a@b.c", "type": "work"}], name={"givenName": "Ada"}
    )
    given = path.partition("[")[0]

    assert 200 == api.patch(ada, removal(path)).status
    assert [] == api.names(f"{given} pr" if "[" not in path else f"{path} and emails pr")


def test_a_complex_attribute_without_values_left_is_unassigned(api):
    ada = api.user("ada", emails=[{"value": "a@b.c"}], name={"givenName": "Ada"})

    shown = api.patch(ada, removal("emails.value"), removal("name.givenName")).json

    assert set() == {"emails", "name"} & set(shown)


@pytest.mark.parametrize("path", ["userName", "id", "meta.created"])
def test_what_is_required_or_read_only_cannot_be_removed(api, path):
    assert (400, "mutability") == api.patch(api.user("ada"), removal(path)).error


def test_a_replacement_without_a_path_replaces_what_it_lists(api):
    ada = api.user("ada", title="x", nickName="y")

    shown = api.patch(ada, {"op": "replace", "value": {"title": "z"}}).json

    assert ("z", "y") == (shown["title"], shown["nickName"])


def test_replacing_what_is_not_there_adds_it(api):
    assert "x" == api.patch(api.user("ada"), replacement("title", "x"))["title"]


def test_replacing_a_complex_attribute_keeps_what_is_not_given(api):
    ada = api.user("ada", name={"givenName": "Ada", "familyName": "Byron"})

    shown = api.patch(ada, replacement("name", {"familyName": "Lovelace"})).json

    assert {"givenName": "Ada", "familyName": "Lovelace"} == shown["name"]


def test_all_values_that_a_filter_chooses_are_replaced(api):
    emails = [{"value": f"{n}@b.c", "type": "work"} for n in range(2)]
    ada = api.user("ada", emails=[*emails, {"value": "home@b.c", "type": "home"}])

    shown = api.patch(ada, replacement('emails[type eq "work"].display', "Work")).json

    assert ["Work", "Work", None] == [email.get("display") for email in shown["emails"]]


def test_a_filter_that_chooses_nothing_has_no_target(strict_api):
    ada = strict_api.user("ada", emails=[{"value": "a@b.c", "type": "home"}])

    answer = strict_api.patch(ada, replacement('emails[type eq "work"].value', "d@e.f"))

    assert (400, "noTarget") == answer.error


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_what_was_deleted_is_404_to_every_method(api, method):
    ada = api.user("ada")
    api.delete(ada)
    bodies = {"PUT": user(), "PATCH": body_of_patch(replacement("title", "x"))}

    assert (404, None) == api.request(method, ada, bodies.get(method)).error


def test_what_was_deleted_is_in_no_list(api):
    api.delete(api.user("ada"))

    assert [] == api.names("userName pr")


# --- §3.8 to §3.14: forms, errors, versions ----------------------------------------------------


def test_bodies_are_utf_8_both_ways(api):
    raw = f'{{"schemas":["{urns.USER}"],"userName":"Æsa Þórsdóttir"}}'.encode()
    created = api.post("/Users", raw)

    assert "Æsa Þórsdóttir" == api.get(f"/Users/{created['id']}")["userName"]
    assert "Æsa".encode() in api.get(f"/Users/{created['id']}").response.get_data()


@pytest.mark.parametrize("name", ["department", "manager.value"])
def test_extended_attributes_are_named_with_their_schema(api, name):
    manager = {"value": api.user("eve").rpartition("/")[2]}
    extension = {urns.ENTERPRISE_USER: {"department": "Sums", "manager": manager}}
    ada = api.user("ada", **extension)

    shown = api.get(ada, attributes=f"{urns.ENTERPRISE_USER}:{name}").json

    assert {name.partition(".")[0]} == set(shown[urns.ENTERPRISE_USER])


@pytest.mark.parametrize("parameters", [{"attributes": "title"}, {"excludedAttributes": "title"}])
@pytest.mark.parametrize("method", ["POST", "GET", "PUT", "PATCH"])
def test_every_operation_that_shows_a_resource_takes_projections(api, method, parameters):
    path = "/Users" if method == "POST" else api.user("bob", title="x")
    bodies = {"PATCH": body_of_patch(addition("title", "x")), "GET": None}
    shown = api.request(method, path, bodies.get(method, user(title="x")), **parameters).json

    assert ("attributes" in parameters) == ("title" in shown)
    assert {"schemas", "id"} <= set(shown)


def test_attributes_and_excluded_attributes_exclude_each_other(api):
    answer = api.get("/Users", attributes="title", excludedAttributes="userName")

    assert (400, "invalidValue") == answer.error


def test_an_error_tells_its_status_and_what_is_wrong(api):
    body = api.get("/Users/none").json

    assert ([urns.ERROR], "404") == (body["schemas"], body["status"])
    assert "none" in body["detail"]


def test_the_version_is_in_the_header_and_in_meta(api):
    answer = api.get(api.user("ada"))

    assert WEAK_TAG.fullmatch(answer.headers["ETag"])
    assert answer.headers["ETag"] == answer["meta"]["version"]


def test_another_version_of_the_protocol_is_not_served(api):
    assert (
        404
        == api.client.get("/scim/v1/Users", headers={"Authorization": "Bearer s3cret"}).status_code
    )


def test_the_version_may_be_left_out_of_the_url(make_api):
    assert 200 == make_api(base_path="/scim").get("/Users").status


# --- §4 to §7: discovery, text, secrets --------------------------------------------------------


def test_the_configuration_is_of_its_schema(api):
    assert [urns.SERVICE_PROVIDER_CONFIG] == api.get("/ServiceProviderConfig")["schemas"]


@pytest.mark.parametrize("path", ["/Schemas", "/ResourceTypes"])
def test_discovery_lists_are_list_responses(api, path):
    answer = api.get(path).json

    assert [urns.LIST_RESPONSE] == answer["schemas"]
    assert answer["totalResults"] == len(answer["Resources"])


@pytest.mark.parametrize(
    ("one", "other"), [("ada", "ＡＤＡ"), ("é", "e\u0301"), ("Ärger", "ärger")], ids=ascii
)
def test_user_names_that_prepare_to_the_same_are_the_same(api, one, other):
    api.user(one)

    assert (409, "uniqueness") == api.post("/Users", user(userName=other)).error
    assert [one] == api.names(f'userName eq "{other}"')


def test_resources_of_a_tenant_are_those_of_a_server(make_api):
    one, other = make_api(), make_api()
    ada = one.user("ada")

    assert 404 == other.get(ada).status


def test_a_search_message_keeps_personal_data_out_of_the_url(people):
    message = {"schemas": [urns.SEARCH_REQUEST], "filter": 'emails.value eq "ada@x"'}

    assert 1 == people.post("/Users/.search", message)["totalResults"]
