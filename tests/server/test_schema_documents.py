"""Extensions and whole resource types from documents alone, seen over HTTP (RFC 7643 §6, §7)."""

from pathlib import Path

import pytest

from scim_protocol import urns

EXAMPLES = str(Path(__file__).parents[2] / "examples" / "schemas")
DEVICE = "urn:example:params:scim:schemas:core:2.0:Device"
LEASE = "urn:example:params:scim:schemas:extension:lease:2.0:Device"
ENTITLEMENT = "urn:example:params:scim:schemas:core:2.0:Entitlement"
BADGE = "urn:example:params:scim:schemas:extension:badge:2.0:User"


@pytest.fixture
def api(make_api):
    return make_api(schemas=EXAMPLES)


def device(serial="A1", **attributes):
    schemas = [DEVICE, *(name for name in attributes if name.startswith("urn:"))]
    return {"schemas": schemas, "displayName": "Laptop", "serial": serial, **attributes}


def make(api, serial="A1", **attributes):
    answer = api.post("/Devices", device(serial, **attributes))
    assert answer.status == 201, answer.text
    return f"/Devices/{answer['id']}"


def entitlement(api, name, *members):
    values = [{"value": path.rpartition("/")[2]} for path in members]
    body = {"schemas": [ENTITLEMENT], "displayName": name, "members": values}
    return api.post("/Entitlements", body)


def serials(api, filter, **query):
    return [found["serial"] for found in api.find(filter, "/Devices", **query)]


# --- a resource type ---------------------------------------------------------------------------


def test_a_new_type_is_discovered(api):
    kind = api.get("/ResourceTypes/Device").json

    assert ("/Devices", DEVICE) == (kind["endpoint"], kind["schema"])
    assert [{"schema": LEASE, "required": False}] == kind["schemaExtensions"]
    assert "serial" in {one["name"] for one in api.get(f"/Schemas/{DEVICE}")["attributes"]}


def test_a_new_type_is_created_read_and_deleted(api):
    answer = api.post("/Devices", device(price=999.5, active=True))
    path = f"/Devices/{answer['id']}"

    assert "Device" == answer["meta"]["resourceType"]
    assert answer["meta"]["location"].endswith(f"/scim/v2{path}")
    assert answer.json == api.get(path).json
    assert 204 == api.delete(path).status
    assert 404 == api.get(path).status


@pytest.mark.parametrize(
    "attributes",
    [
        {"serial": None},
        {"active": "yes please"},
        {"price": "much"},
        {"assetNumber": 1.5},
        {"purchased": "yesterday"},
        {"tags": {"a": 1}},
        {"owner": [{"value": "x"}, {"value": "y"}]},
        {"interfaces": [{"type": "wifi"}]},
        {"interfaces": [{"value": "a", "primary": True}, {"value": "b", "primary": True}]},
        {LEASE: {"ends": "2030-01-01T00:00:00Z"}},
    ],
)
def test_what_its_schema_does_not_admit_is_refused(api, attributes):
    assert (400, "invalidValue") == api.post("/Devices", device() | attributes).error


def test_canonical_values_are_suggestions(api):
    assert 201 == api.post("/Devices", device(kind="toaster")).status


def test_read_only_attributes_are_the_servers(api):
    assert "lastSeen" not in api.post("/Devices", device(lastSeen="2030-01-01T00:00:00Z")).json


def test_a_new_type_is_replaced(api):
    path = make(api, tags=["x"], notes="n")
    answer = api.put(path, device(displayName="Phone"))

    assert "Phone" == answer["displayName"]
    assert "tags" not in answer.json


def test_a_new_type_is_patched(api):
    path = make(api, interfaces=[{"value": "00:01", "type": "wifi"}])
    operations = [
        {"op": "replace", "path": 'interfaces[type eq "wifi"].value', "value": "00:02"},
        {"op": "add", "path": f"{LEASE}:lessor", "value": "Acme"},
        {"op": "add", "value": {"tags": ["new"]}},
    ]
    answer = api.patch(path, *operations)

    assert [{"value": "00:02", "type": "wifi"}] == answer["interfaces"]
    assert {"lessor": "Acme"} == answer[LEASE]
    assert ["new"] == answer["tags"]
    assert [DEVICE, LEASE] == answer["schemas"]


def test_an_immutable_attribute_is_set_once(api):
    path = make(api)

    assert (400, "mutability") == api.put(path, device("B2")).error
    change = {"op": "replace", "path": "serial", "value": "B2"}
    assert (400, "mutability") == api.patch(path, change).error


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ('serial eq "A1"', ["A1"]),
        ('serial eq "a1"', []),
        ('displayName eq "LAPTOP"', ["A1", "B2"]),
        ("price gt 100", ["B2"]),
        ("assetNumber eq 7", ["A1"]),
        ('purchased lt "2025-01-01T00:00:00Z"', ["A1"]),
        ('tags eq "New"', ["B2"]),
        ('interfaces[type eq "wifi" and value sw "00"]', ["A1"]),
        ('interfaces.value eq "00:01"', ["A1"]),
        (f'{LEASE}:lessor eq "acme"', ["B2"]),
        ('meta.resourceType eq "Device"', ["A1", "B2"]),
        ("not (tags pr)", ["A1"]),
    ],
)
def test_a_new_type_is_filtered_by_its_schema(api, filter, found):
    wifi = {"value": "00:01", "type": "wifi"}
    make(api, price=20, assetNumber=7, purchased="2024-05-01T00:00:00Z", interfaces=[wifi])
    lease = {"lessor": "Acme"}
    make(api, "B2", price=2000.5, purchased="2026-05-01T00:00:00Z", tags=["new"], **{LEASE: lease})

    assert found == serials(api, filter, sortBy="serial")


def test_an_attribute_of_another_type_cannot_be_filtered_by(api):
    assert (400, "invalidFilter") == api.get("/Devices", filter='userName eq "ada"').error


def test_a_new_type_is_sorted_and_paged(api):
    for serial, price in (("A", 3), ("B", 1), ("C", 2)):
        make(api, serial, price=price)

    assert ["B", "C", "A"] == serials(api, "price pr", sortBy="price")
    assert ["C"] == serials(api, "price pr", sortBy="price", startIndex=2, count=1)


# --- unique, hidden, on request ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"serial": "A1"}, {"serial": "A1"}),
        ({"assetNumber": 7}, {"serial": "B", "assetNumber": 7}),
        ({"interfaces": [{"value": "ab"}]}, {"serial": "B", "interfaces": [{"value": "AB"}]}),
    ],
)
def test_what_the_schema_calls_unique_is_unique(api, one, other):
    make(api, **one)

    assert (409, "uniqueness") == api.post("/Devices", device(**other)).error


def test_unique_values_that_are_case_exact_differ_by_case(api):
    make(api, "A1")

    assert 201 == api.post("/Devices", device("a1")).status


def test_a_unique_value_is_free_again_when_it_is_given_up(api):
    path = make(api, assetNumber=7)
    api.patch(path, {"op": "remove", "path": "assetNumber"})

    assert 201 == api.post("/Devices", device("B", assetNumber=7)).status


def test_a_change_cannot_take_a_unique_value(api):
    make(api, "A", assetNumber=7)
    path = make(api, "B")
    change = {"op": "add", "path": "assetNumber", "value": 7}

    assert (409, "uniqueness") == api.patch(path, change).error


def test_what_is_returned_on_request_is_not_without(api):
    path = make(api, notes="fragile")

    assert "notes" not in api.get(path).json
    assert "fragile" == api.get(path, attributes="notes")["notes"]


def test_what_is_write_only_is_never_seen_and_kept_as_a_hash(api):
    path = make(api, unlockCode="1234")
    with api.app.extensions["scim_server"].store.read() as tx:
        rows = tx._db.execute("SELECT document, secrets FROM resources").fetchall()

    assert "unlockCode" not in api.get(path).json
    assert "unlockCode" not in api.get(path, attributes="unlockCode").json
    assert (400, "invalidFilter") == api.get("/Devices", filter='unlockCode eq "1234"').error
    assert "1234" not in str(rows)
    assert "$argon2" in str(rows)


def test_what_is_write_only_in_an_extension_is_never_seen_and_kept_as_a_hash(api):
    user = api.user("ada", **{BADGE: {"number": "7", "pin": "1234"}})
    with api.app.extensions["scim_server"].store.read() as tx:
        rows = tx._db.execute("SELECT document FROM resources").fetchall()

    assert {"number": "7"} == api.get(user)[BADGE]
    assert [{"number": "7"}] == [one[BADGE] for one in api.find('userName eq "ada"')]
    assert "1234" not in str(rows)
    assert "$argon2" in str(rows)


def test_a_secret_in_an_extension_stays_when_it_is_left_out(api):
    user = api.user("ada", **{BADGE: {"pin": "1234"}})
    version = api.get(user).headers["ETag"]
    body = {"schemas": [urns.USER], "userName": "ada"}

    assert version == api.put(user, body).headers["ETag"]


# --- an extension ------------------------------------------------------------------------------


def test_an_extension_is_known_by_the_type_that_its_urn_ends_in(api):
    extensions = api.get("/ResourceTypes/User")["schemaExtensions"]

    assert {"schema": BADGE, "required": False} in extensions
    assert urns.ENTERPRISE_USER in {one["schema"] for one in extensions}


def test_an_extension_of_users_is_filtered_patched_and_unique(api):
    user = api.user("ada", **{BADGE: {"number": "7"}})
    api.patch(user, {"op": "add", "path": f"{BADGE}:doors", "value": [{"value": "Lab"}]})

    assert ["ada"] == api.names(f'{BADGE}:doors[value eq "lab"]')
    other = {"schemas": [urns.USER, BADGE], "userName": "bob", BADGE: {"number": "7"}}
    assert (409, "uniqueness") == api.post("/Users", other).error


def test_without_the_documents_there_is_nothing_of_it(make_api):
    api = make_api()

    assert 404 == api.get("/Devices").status
    assert 404 == api.get(f"/Schemas/{BADGE}").status


# --- members and references --------------------------------------------------------------------


def test_members_are_of_any_type_that_the_schema_names(api):
    user, laptop = api.user("ada"), make(api)
    group = api.group("Sales")
    answer = entitlement(api, "Printing", user, laptop, group)
    path = f"/Entitlements/{answer['id']}"

    assert 201 == answer.status
    members = {one["type"]: one["$ref"] for one in api.get(path)["members"]}
    assert {"User", "Device", "Group"} == set(members)
    assert members["Device"].endswith(f"/scim/v2{laptop}")


def test_members_of_other_types_are_refused(api):
    laptop = make(api)
    body = {"schemas": [urns.GROUP], "displayName": "Sales"}
    member = {"value": laptop.rpartition("/")[2]}
    answer = api.post("/Groups", body | {"members": [member]})

    assert (400, "invalidValue") == answer.error
    assert "is a Device, not a Group or User" in answer["detail"]


def test_what_users_are_given_is_not_among_their_groups(api):
    user = api.user("ada")
    id = entitlement(api, "Printing", user)["id"]

    assert "groups" not in api.get(user).json
    assert [] == api.names(f'groups.value eq "{id}"')


def test_a_deleted_member_is_gone_from_all_that_it_was_in(api):
    laptop = make(api)
    path = f"/Entitlements/{entitlement(api, 'Printing', laptop)['id']}"
    api.delete(laptop)

    assert "members" not in api.get(path).json


def test_members_are_patched(api):
    laptop = make(api)
    path = f"/Entitlements/{entitlement(api, 'Printing')['id']}"
    value = [{"value": laptop.rpartition("/")[2]}]
    api.patch(path, {"op": "add", "path": "members", "value": value})

    assert ["Device"] == [one["type"] for one in api.get(path)["members"]]


def test_a_reference_goes_with_what_it_refers_to(api):
    user = api.user("ada")
    laptop = make(api, owner={"value": user.rpartition("/")[2]})
    api.delete(user)

    assert "owner" not in api.get(laptop).json
