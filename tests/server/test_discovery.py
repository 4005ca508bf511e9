"""What the server says of itself, and that it is true (RFC 7644 §4, RFC 7643 §5 to §7)."""

import pytest

from scim_protocol import urns


def test_resource_types_are_a_list_response(api):
    answer = api.get("/ResourceTypes")

    assert [urns.LIST_RESPONSE] == answer["schemas"]
    assert ["Group", "User"] == sorted(type["id"] for type in answer["Resources"])
    assert 2 == answer["totalResults"]


def test_every_resource_type_is_served_at_its_endpoint_and_at_its_own_url(api):
    for type in api.get("/ResourceTypes")["Resources"]:
        assert 200 == api.get(type["endpoint"]).status
        assert type == api.get(f"/ResourceTypes/{type['id']}").json


def test_every_schema_that_a_resource_type_names_is_served(api):
    for type in api.get("/ResourceTypes")["Resources"]:
        for urn in [type["schema"], *(e["schema"] for e in type["schemaExtensions"])]:
            assert urn == api.get(f"/Schemas/{urn}")["id"]


def test_schemas_are_a_list_response_of_what_is_at_their_own_urls(api):
    answer = api.get("/Schemas")

    assert [urns.LIST_RESPONSE] == answer["schemas"]
    assert {urns.USER, urns.GROUP, urns.ENTERPRISE_USER} <= {s["id"] for s in answer["Resources"]}
    for schema in answer["Resources"]:
        assert schema == api.get(f"/Schemas/{schema['id']}").json


def test_a_location_leads_back(api):
    location = api.get(f"/Schemas/{urns.USER}")["meta"]["location"]

    assert f"http://localhost/scim/v2/Schemas/{urns.USER}" == location


@pytest.mark.parametrize("path", ["/ResourceTypes/Robot", "/Schemas/urn:unknown"])
def test_what_is_not_served_is_404(api, path):
    assert (404, None) == api.get(path).error


@pytest.mark.parametrize("path", ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"])
def test_a_filter_is_refused(api, path):
    assert (403, None) == api.get(path, filter='id eq "User"').error


@pytest.mark.parametrize("path", ["/ResourceTypes", "/Schemas"])
def test_paging_and_sorting_are_ignored(api, path):
    assert api.get(path).json == api.get(path, startIndex=2, count=1, sortBy="id").json


def test_the_longest_page_is_what_is_announced(make_api):
    api = make_api(page_size=2, max_page_size=3)
    for name in "abcd":
        api.user(name)
    claimed = api.get("/ServiceProviderConfig").json

    assert claimed["filter"]["maxResults"] == api.get("/Users", count=9)["itemsPerPage"]
    assert claimed["pagination"]["defaultPageSize"] == api.get("/Users")["itemsPerPage"]


@pytest.mark.parametrize("unique", [True, False])
def test_the_group_schema_tells_whether_names_are_unique(make_api, unique):
    api = make_api(unique_group_names=unique)
    attributes = api.get(f"/Schemas/{urns.GROUP}")["attributes"]

    (name,) = (one for one in attributes if one["name"] == "displayName")

    assert ("server" if unique else "none") == name["uniqueness"]


@pytest.mark.parametrize(
    ("settings", "second", "uniqueness"),
    [
        ({}, 409, "server"),
        ({"strict": True}, 201, "none"),
        ({"unique_group_names": False}, 201, "none"),
        ({"strict": True, "unique_group_names": True}, 409, "server"),
    ],
)
def test_group_names_are_as_unique_as_the_schema_says(make_api, settings, second, uniqueness):
    api = make_api(**settings)
    body = {"schemas": [urns.GROUP], "displayName": "Eng"}
    attributes = api.get(f"/Schemas/{urns.GROUP}")["attributes"]
    (shown,) = [one["uniqueness"] for one in attributes if one["name"] == "displayName"]

    assert [201, second] == [api.post("/Groups", body).status for _ in range(2)]
    assert uniqueness == shown
