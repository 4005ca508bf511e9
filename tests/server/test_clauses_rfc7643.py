"""Clauses of RFC 7643 that no other test shows; docs/clauses.md has the table of all of them."""

import base64
import json
import re

import pytest
from argon2 import PasswordHasher

from scim_protocol import urns

BASE = "http://localhost/scim/v2"
DEVICE = "urn:ietf:params:scim:schemas:example:2.0:Device"
LABEL = "urn:ietf:params:scim:schemas:example:2.0:Label"
CERTIFICATE = base64.b64encode(b"\xfb\xff\xfe certificate").decode()


def attribute(name, kind="string", **more):
    return {"name": name, "type": kind, "multiValued": False, "description": name, **more}


DOCUMENTS = [
    {
        "schemas": [urns.SCHEMA],
        "id": DEVICE,
        "name": "Device",
        "description": "A thing",
        "attributes": [
            attribute("name", required=True, caseExact=True),
            attribute("slots", "integer"),
            attribute("weight", "decimal"),
            attribute("bought", "dateTime"),
            attribute("serial", mutability="immutable"),
            attribute(
                "case",
                "complex",
                subAttributes=[attribute("mould", mutability="immutable"), attribute("colour")],
            ),
            attribute("secret", mutability="writeOnly", returned="never"),
            attribute("tag", uniqueness="server"),
            attribute("asset", uniqueness="global"),
            attribute("note", returned="request"),
        ],
    },
    {
        "schemas": [urns.SCHEMA],
        "id": LABEL,
        "name": "Label",
        "description": "What is on it",
        "attributes": [attribute("text", required=True)],
    },
    {
        "schemas": [urns.RESOURCE_TYPE],
        "id": "Device",
        "name": "Device",
        "description": "A thing",
        "endpoint": "/Devices",
        "schema": DEVICE,
        "schemaExtensions": [{"schema": LABEL, "required": True}],
    },
]


@pytest.fixture
def devices(make_api, tmp_path):
    """A server of a resource type that has what users and groups have not."""
    (tmp_path / "device.json").write_text(json.dumps(DOCUMENTS))
    return make_api(schemas=str(tmp_path))


def device(**more):
    labelled = {LABEL: {"text": "fragile"}}
    return {"schemas": [DEVICE, LABEL], "name": "Lamp", **labelled, **more}


def user(**more):
    return {"schemas": [urns.USER], "userName": "ada", **more}


def everything(api):
    """An answer of every kind that the server gives."""
    member = api.user("someone")
    paths = [
        member, api.group("Some", member), "/Users", "/Groups", "/Users/none", "/Schemas",
        "/ResourceTypes", "/ServiceProviderConfig", f"/Schemas/{urns.USER}", "/ResourceTypes/User",
    ]  # fmt: skip
    return [api.get(path).json for path in paths]


def attributes_of(schema):
    for one in schema["attributes"]:
        yield one
        yield from one.get("subAttributes", [])


@pytest.fixture
def schemas(api):
    return {schema["id"]: schema for schema in api.get("/Schemas")["Resources"]}


# --- §1, §2: attributes and their types --------------------------------------------------------


def test_simple_attributes_have_no_sub_attributes(schemas):
    simple = [a for s in schemas.values() for a in attributes_of(s) if a["type"] != "complex"]

    assert simple
    assert [] == [one["name"] for one in simple if one.get("subAttributes")]


def test_sub_attributes_are_simple(schemas):
    del schemas[urns.SCHEMA]  # It alone may have deeper ones (§7).
    subs = [
        sub for s in schemas.values() for a in s["attributes"] for sub in a.get("subAttributes", ())
    ]

    assert "complex" not in {sub["type"] for sub in subs}


def test_complex_attributes_list_their_sub_attributes(schemas):
    whole = [a for s in schemas.values() for a in s["attributes"] if a["type"] == "complex"]

    assert [] == [one["name"] for one in whole if not one.get("subAttributes")]


def test_every_answer_names_its_schemas(api):
    assert all(answer["schemas"] for answer in everything(api))


def test_attribute_names_follow_the_grammar(schemas):
    names = {one["name"] for schema in schemas.values() for one in attributes_of(schema)}

    assert [] == [name for name in names if not re.fullmatch(r"\$?[A-Za-z][\w-]*", name)]


def test_attributes_are_of_the_types_that_the_rfc_has(schemas):
    known = {
        "string",
        "boolean",
        "decimal",
        "integer",
        "dateTime",
        "binary",
        "reference",
        "complex",
    }

    assert {one["type"] for schema in schemas.values() for one in attributes_of(schema)} <= known


def test_text_needs_no_format(api):
    path = api.user("ada", emails=[{"value": "no address"}], locale="x", timezone="y")

    assert "no address" == api.get(path)["emails"][0]["value"]


def test_a_type_beyond_the_suggested_ones_is_kept(api):
    path = api.user("ada", emails=[{"value": "a@b.c", "type": "weekend"}])

    assert "weekend" == api.get(path)["emails"][0]["type"]


@pytest.mark.parametrize("value", [1.5, "1", True])
def test_what_is_no_integer_is_refused(devices, value):
    assert (400, "invalidValue") == devices.post("/Devices", device(slots=value)).error


def test_numbers_are_kept_as_they_are(devices):
    created = devices.post("/Devices", device(slots=2, weight=1.25))

    assert (2, 1.25) == (created["slots"], created["weight"])


@pytest.mark.parametrize("value", ["2024-02-30T00:00:00Z", "yesterday", 0])
def test_what_is_no_date_is_refused(devices, value):
    assert (400, "invalidValue") == devices.post("/Devices", device(bought=value)).error


@pytest.mark.parametrize("value", ["2024-02-29", "12:00:00Z"])
def test_a_date_needs_its_time_and_a_time_its_date(devices, value):
    assert (400, "invalidValue") == devices.post("/Devices", device(bought=value)).error


def test_a_binary_value_is_base64(api):
    wrong = user(x509Certificates=[{"value": "not base64!"}])

    assert (400, "invalidValue") == api.post("/Users", wrong).error


def test_a_binary_value_may_be_of_the_alphabet_for_urls(api):
    value = CERTIFICATE.replace("+", "-").replace("/", "_")

    assert 201 == api.post("/Users", user(x509Certificates=[{"value": value}])).status


def test_a_binary_value_may_lack_its_padding(api):
    value = base64.b64encode(b"four").decode().rstrip("=")

    assert 201 == api.post("/Users", user(x509Certificates=[{"value": value}])).status


@pytest.mark.parametrize("uri", ["https://x.example/ada", "../ada", "urn:example:ada"])
def test_a_reference_may_be_any_uri(api, uri):
    assert uri == api.get(api.user("ada", profileUrl=uri))["profileUrl"]


def test_the_uris_that_the_server_makes_are_absolute(api):
    ada = api.user("ada")
    group = api.get(api.group("Sales", ada))
    shown = api.get(ada)
    made = [group["members"][0]["$ref"], shown["groups"][0]["$ref"], shown["meta"]["location"]]

    assert all(uri.startswith(f"{BASE}/") for uri in made)


def test_a_ref_leads_to_its_resource(api):
    ada = api.user("ada")
    reference = api.get(api.group("Sales", ada))["members"][0]["$ref"]

    assert api.get(ada).json == api.get(reference.removeprefix(BASE)).json


def test_a_ref_of_another_version_means_the_same_resource(api):
    ada = api.user("ada")
    id = ada.rpartition("/")[2]
    group = api.group("Sales", members=[{"value": id, "$ref": f"http://localhost/scim/v1{ada}"}])

    assert {ada} == api.members(group)


def test_the_order_of_attributes_makes_no_difference(api):
    path = api.user("ada", title="Countess", active=True)
    turned = dict(reversed(api.get(path).json.items()))

    assert api.get(path).json == api.put(path, turned).json


def test_the_standard_sub_attributes_are_of_their_types(schemas):
    types = {"type": "string", "primary": "boolean", "display": "string", "$ref": "reference"}
    subs = [
        (sub["name"], sub["type"])
        for schema in schemas.values()
        for one in schema["attributes"]
        if one["multiValued"]
        for sub in one.get("subAttributes", ())
    ]

    assert set(types.items()) == {(name, kind) for name, kind in subs if name in types}


def test_two_primary_values_are_refused(api):
    emails = [{"value": name, "primary": True} for name in ("a@b.c", "d@e.f")]

    assert (400, "invalidValue") == api.post("/Users", user(emails=emails)).error


def test_a_value_that_is_not_said_to_be_primary_is_not(api):
    api.user("ada", emails=[{"value": "a@b.c"}])

    assert ["ada"] == api.names("emails[primary eq false]")


def test_values_are_kept_as_they_were_sent(api):
    given = {"emails": [{"value": "Ada@Example.COM"}], "phoneNumbers": [{"value": "(201) 555"}]}
    given["ims"] = [{"value": "Ada B", "type": "myspace"}]
    shown = api.get(api.user("ada", **given))

    assert given == {name: shown[name] for name in given}


def test_a_value_may_be_there_with_several_types(api):
    emails = [{"value": "a@b.c", "type": kind} for kind in ("work", "home")]

    assert emails == api.get(api.user("ada", emails=emails))["emails"]


def test_a_value_and_type_are_there_once(api):
    email = {"value": "a@b.c", "type": "work"}

    assert [email] == api.get(api.user("ada", emails=[email, email]))["emails"]


def test_types_have_suggested_values(schemas):
    (emails,) = [a for a in schemas[urns.USER]["attributes"] if a["name"] == "emails"]
    (kind,) = [sub for sub in emails["subAttributes"] if sub["name"] == "type"]

    assert ["work", "home", "other"] == kind["canonicalValues"]


@pytest.mark.parametrize("nothing", [{"title": None, "emails": []}, {"emails": None}, {}])
def test_null_an_empty_list_and_nothing_are_the_same(api, nothing):
    path = api.user("ada", title="Countess", emails=[{"value": "a@b.c"}])

    shown = api.put(path, user(**nothing)).json

    assert set() == {"title", "emails"} & set(shown)


# --- §3: what all resources have ---------------------------------------------------------------


def test_schemas_are_those_of_the_resource_type(api):
    shown = api.post("/Users", user() | {"schemas": [urns.USER, urns.GROUP, "urn:example:other"]})

    assert [urns.USER] == shown["schemas"]


def test_a_schema_listed_twice_is_there_once(api):
    shown = api.post("/Users", user() | {"schemas": [urns.USER, urns.USER]})

    assert [urns.USER] == shown["schemas"]


def test_the_order_of_schemas_makes_no_difference(api):
    extension = {urns.ENTERPRISE_USER: {"department": "Sums"}}
    body = user(**extension) | {"schemas": [urns.ENTERPRISE_USER, urns.USER]}

    assert "Sums" == api.post("/Users", body)[urns.ENTERPRISE_USER]["department"]


def test_an_extension_is_in_an_object_of_its_urn(api):
    path = api.user("ada", **{urns.ENTERPRISE_USER: {"department": "Sums"}})
    shown = api.get(path).json

    assert {"department": "Sums"} == shown[urns.ENTERPRISE_USER]
    assert "department" not in shown
    assert [urns.USER, urns.ENTERPRISE_USER] == shown["schemas"]


def test_the_resource_type_tells_the_base_schema(api):
    shown = api.get(api.user("ada"))
    kind = api.get(f"/ResourceTypes/{shown['meta']['resourceType']}")

    assert kind["schema"] in shown["schemas"]


def test_resources_of_own_types_have_the_common_attributes(devices):
    shown = devices.post("/Devices", device(externalId="7")).json

    assert {"schemas", "id", "externalId", "meta"} <= set(shown)
    assert {"resourceType", "created", "lastModified", "location", "version"} == set(shown["meta"])


def test_ids_are_unique_among_all_types(api):
    paths = [api.user(f"user-{n}") for n in range(20)] + [
        api.group(f"group-{n}") for n in range(20)
    ]

    assert 40 == len({path.rpartition("/")[2] for path in paths})


def test_no_id_holds_the_word_that_bulk_requests_reserve(api):
    assert "bulkid" not in api.user("ada").lower()


def test_the_external_id_is_the_clients_own(api):
    path = api.user("ada", externalId="e-1")

    assert "e-1" == api.get(path)["externalId"]


def test_no_external_id_is_made_up(api):
    assert "externalId" not in api.get(api.user("ada")).json


def test_an_external_id_may_be_that_of_others_too(api):
    api.user("ada", externalId="e-1")

    assert 201 == api.post("/Users", user(userName="bob", externalId="e-1")).status


def test_times_are_dates_and_times(api):
    meta = api.get(api.user("ada"))["meta"]
    date_time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"

    assert re.fullmatch(date_time, meta["created"])
    assert re.fullmatch(date_time, meta["lastModified"])


def test_what_was_never_changed_was_last_modified_when_created(api):
    meta = api.get(api.user("ada"))["meta"]

    assert meta["created"] == meta["lastModified"]


def test_versions_are_weak(api):
    assert api.get(api.user("ada"))["meta"]["version"].startswith('W/"')


# --- §4: users and groups ----------------------------------------------------------------------


def test_a_user_name_is_not_empty(api):
    assert (400, "invalidValue") == api.post("/Users", user(userName="")).error


def test_user_names_are_found_in_any_letter_case(api):
    api.user("Ada")

    assert ["Ada"] == api.names('userName eq "aDA"')


def test_a_name_is_shown_in_the_parts_that_were_sent(api):
    name = {"formatted": "Ms. Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada"}

    assert name == api.get(api.user("ada", name=name))["name"]


def test_a_display_name_is_shown_if_there_is_one(api):
    assert "Ada" == api.get(api.user("ada", displayName="Ada"))["displayName"]
    assert "displayName" not in api.get(api.user("bob")).json


@pytest.mark.parametrize("language", ["en-US", "en_US"])
def test_a_locale_may_have_an_underscore(api, language):
    path = api.user("ada", locale=language, preferredLanguage=language)

    assert language == api.get(path)["locale"]


def test_a_password_is_prepared_before_it_is_hashed(api):
    path = api.user("ada", password="a\u3000b\u0065\u0301")
    service = api.app.extensions["scim_server"]
    with service.store.read() as tx:
        kept = json.loads(tx.get(service.catalog.models["User"], path.rpartition("/")[2]).secrets)

    assert PasswordHasher().verify(kept["password"], "a b\u00e9")


@pytest.mark.parametrize("filter", ['password eq "s3cret!"', "password pr", 'password co "s"'])
def test_a_password_cannot_be_filtered_by(api, filter):
    api.user("ada", password="s3cret!")

    assert (400, "invalidFilter") == api.get("/Users", filter=filter).error


def test_a_display_is_kept_beside_a_value(api):
    email = {"value": "ADA@b.c", "display": "ada@b.c"}

    assert [email] == api.get(api.user("ada", emails=[email]))["emails"]


def test_a_photo_may_be_there_in_several_sizes(api):
    photos = [{"value": "https://x.example/a.png", "type": kind} for kind in ("photo", "thumbnail")]

    assert photos == api.get(api.user("ada", photos=photos))["photos"]


def test_an_address_may_have_any_of_its_parts_and_newlines(api):
    address = {"streetAddress": "1 High Street\nFlat 2", "formatted": "1 High Street\nLondon"}

    assert [address] == api.get(api.user("ada", addresses=[address]))["addresses"]


def test_a_country_is_kept_as_it_was_sent(api):
    address = {"country": "United Kingdom"}

    assert [address] == api.get(api.user("ada", addresses=[address]))["addresses"]


def test_the_groups_of_a_user_are_ids_with_their_urls(api):
    ada = api.user("ada")
    group = api.group("Sales", ada)
    (shown,) = api.get(ada)["groups"]

    assert (group.rpartition("/")[2], BASE + group) == (shown["value"], shown["$ref"])


def test_the_groups_of_a_user_change_through_the_group_alone(api):
    ada, group = api.user("ada"), api.group("Sales")
    value = [{"value": group.rpartition("/")[2]}]

    assert (400, "mutability") == api.patch(
        ada, {"op": "add", "path": "groups", "value": value}
    ).error
    assert "groups" not in api.put(ada, user(groups=value)).json


def test_a_group_needs_a_display_name(api):
    assert (400, "invalidValue") == api.post("/Groups", {"schemas": [urns.GROUP]}).error


def test_a_members_own_attributes_do_not_change(api):
    ada, bob = api.user("ada"), api.user("bob")
    group = api.group("Sales", ada)
    at = f'members[value eq "{ada.rpartition("/")[2]}"].value'
    change = {"op": "replace", "path": at, "value": bob.rpartition("/")[2]}

    assert (400, "mutability") == api.patch(group, change).error


def test_a_manager_is_an_id(api):
    ada = api.user("ada")
    id = ada.rpartition("/")[2]
    bob = api.user("bob", **{urns.ENTERPRISE_USER: {"manager": {"value": id}}})

    assert id == api.get(bob)[urns.ENTERPRISE_USER]["manager"]["value"]


def test_the_url_of_a_manager_is_kept(api):
    ada = api.user("ada")
    manager = {"value": ada.rpartition("/")[2], "$ref": BASE + ada}
    bob = api.user("bob", **{urns.ENTERPRISE_USER: {"manager": manager}})

    assert BASE + ada == api.get(bob)[urns.ENTERPRISE_USER]["manager"]["$ref"]


def test_the_display_name_of_a_manager_is_not_the_clients(api):
    manager = {"value": api.user("ada").rpartition("/")[2], "displayName": "Somebody"}
    bob = api.user("bob", **{urns.ENTERPRISE_USER: {"manager": manager}})

    assert "Somebody" != api.get(bob)[urns.ENTERPRISE_USER]["manager"].get("displayName")


# --- §5, §6, §7: what a server says of itself --------------------------------------------------


@pytest.mark.parametrize("feature", ["patch", "bulk", "filter", "changePassword", "sort", "etag"])
def test_the_configuration_tells_of_each_feature_whether_it_is_there(api, feature):
    assert api.get("/ServiceProviderConfig")[feature]["supported"] in (True, False)


@pytest.mark.parametrize(
    ("feature", "limit"),
    [("bulk", "maxOperations"), ("bulk", "maxPayloadSize"), ("filter", "maxResults")],
)
def test_the_configuration_tells_its_limits(api, feature, limit):
    assert 0 < api.get("/ServiceProviderConfig")[feature][limit]


def test_the_configuration_tells_how_to_authenticate(api):
    schemes = api.get("/ServiceProviderConfig")["authenticationSchemes"]

    assert ["oauthbearertoken", "oauth2"] == [scheme["type"] for scheme in schemes]
    for scheme in schemes:
        assert scheme["name"]
        assert scheme["description"]
        assert scheme["specUri"].startswith("https://")


@pytest.mark.parametrize("name", ["name", "endpoint", "schema", "description", "id"])
def test_a_resource_type_has_what_it_must_have(api, name):
    assert all(kind[name] for kind in api.get("/ResourceTypes")["Resources"])


def test_the_schemas_of_a_resource_type_are_those_of_schema_resources(api, schemas):
    kinds = api.get("/ResourceTypes")["Resources"]
    extensions = [one["schema"] for kind in kinds for one in kind["schemaExtensions"]]

    assert set(schemas) >= {kind["schema"] for kind in kinds} | set(extensions)


def test_an_extension_tells_whether_it_is_required(api):
    (extension,) = api.get("/ResourceTypes/User")["schemaExtensions"]

    assert extension["required"] is False


def test_a_required_extension_must_be_there_with_what_it_requires(devices):
    without = device()
    del without[LABEL]

    assert (400, "invalidValue") == devices.post("/Devices", without).error
    assert (400, "invalidValue") == devices.post("/Devices", device(**{LABEL: {}})).error


@pytest.mark.parametrize("name", ["id", "name", "description", "attributes"])
def test_a_schema_has_what_it_must_have(schemas, name):
    assert all(schema[name] for schema in schemas.values())


@pytest.mark.parametrize(
    "name",
    ["name", "type", "multiValued", "description", "required", "caseExact", "mutability",
     "returned", "uniqueness"],
)  # fmt: skip
def test_an_attribute_has_all_its_characteristics(schemas, name):
    assert all(name in one for schema in schemas.values() for one in attributes_of(schema))


def test_the_case_of_a_value_is_kept(devices):
    assert "LaMp" == devices.post("/Devices", device(name="LaMp"))["name"]


def test_a_case_exact_attribute_is_filtered_by_case(devices):
    devices.post("/Devices", device(name="Lamp"))

    assert [] == devices.find('name eq "lamp"', "/Devices")
    assert 1 == len(devices.find('name eq "Lamp"', "/Devices"))


def test_an_immutable_attribute_is_set_once(devices):
    created = devices.post("/Devices", device(serial="1"))
    change = {"op": "replace", "path": "serial", "value": "2"}

    assert "1" == created["serial"]
    assert (400, "mutability") == devices.patch(f"/Devices/{created['id']}", change).error


def test_an_immutable_attribute_must_be_replaced_by_itself(devices):
    created = devices.post("/Devices", device(serial="1"))
    path = f"/Devices/{created['id']}"

    assert 200 == devices.put(path, device(serial="1")).status
    assert (400, "mutability") == devices.put(path, device(serial="2")).error


def test_an_immutable_part_stays_when_a_put_leaves_out_the_whole(devices):
    case = {"mould": "m1", "colour": "red"}
    path = f"/Devices/{devices.post('/Devices', device(case=case))['id']}"

    assert {"mould": "m1"} == devices.put(path, device())["case"]


def test_an_immutable_attribute_may_get_its_first_value_by_a_put(devices):
    path = f"/Devices/{devices.post('/Devices', device())['id']}"

    assert "1" == devices.put(path, device(serial="1"))["serial"]


def test_an_immutable_attribute_may_get_its_first_value_by_a_patch(devices):
    path = f"/Devices/{devices.post('/Devices', device())['id']}"

    assert "1" == devices.patch(path, {"op": "add", "path": "serial", "value": "1"})["serial"]


def test_a_write_only_attribute_is_taken_and_never_shown(devices):
    created = devices.post("/Devices", device(secret="s3cret!"))
    path = f"/Devices/{created['id']}"
    changed = devices.patch(path, {"op": "replace", "path": "secret", "value": "other"})

    assert 200 == changed.status
    assert "secret" not in {
        *created.json,
        *changed.json,
        *devices.get(path, attributes="secret").json,
    }


@pytest.mark.parametrize("name", ["tag", "asset"])
def test_no_two_resources_have_the_same_unique_value(devices, name):
    devices.post("/Devices", device(**{name: "t-1"}))

    assert (409, "uniqueness") == devices.post("/Devices", device(**{name: "t-1"})).error


def test_a_value_that_need_not_be_unique_may_repeat(devices):
    assert [201, 201] == [devices.post("/Devices", device(name="Lamp")).status for _ in range(2)]


def test_what_is_returned_on_request_is_not_shown_without(devices):
    path = f"/Devices/{devices.post('/Devices', device(note='n'))['id']}"

    assert "note" not in devices.get(path).json
    assert "n" == devices.get(path, attributes="note")["note"]
