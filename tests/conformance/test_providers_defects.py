"""What only a provider's form of request trips is seen in its life, and its consequence told."""

import pytest

import conformance
from scim_server.testing.defects import BrokenServer, all_defects

SEEN = {
    "capitals-refused": "entra-legacy/update",
    "text-is-true": "entra-legacy/disable",
    "dotted-keys-lost": "entra/update",
    "qualified-keys-lost": "entra/update",
    "manager-text-refused": "entra/set-manager",
    "manager-object-refused": "entra/set-manager-by-object",
    "manager-at-the-top": "entra/set-manager",
    "first-of-list-removed": "ssosync/remove-members",
    "emptying-ignored": "okta-oin/push-no-members",
    "members-shown-with-filter": "entra/match-full-group",
    "microsoft-schema-refused": "entra/create-group",
    "meta-refused": "entra/create",
    "nulls-refused": "entra-legacy/create-with-nulls",
    "text-as-primary-refused": "entra/create-with-role",
    "undeclared-extension-lost": "entra/create-without-urn",
    "groups-in-put-refused": "okta-oin/update-member",
    "id-in-value-refused": "okta-oin/rename-group",
    "name-of-disabled-free": "okta-oin/create-again-while-disabled",
    "unquoted-finds-everybody": "authentik/match-unquoted",
    "dangling-refused": "onelogin/match",
    "accept-charset-refused": "okta-oin/create",
    "paging-is-text": "okta-oin/test-connection",
    "addresses-in-small-letters": "entra/read-as-sent",
    "null-refused": "entra/clear-value",
    "old-schemas-are-500": "onelogin/old-schemas",
}


@pytest.fixture(scope="module")
def server():
    with BrokenServer() as live:
        yield live


@pytest.fixture
def planted(server, request):
    server.plant(f"provider-{request.param}")
    yield server
    server.plant(None)


@pytest.mark.parametrize("planted", SEEN, indirect=True)
def test_the_life_of_the_provider_sees_it(planted, request):
    step = SEEN[request.node.callspec.params["planted"]]
    report = conformance.run(planted.url, token=planted.token, only=[step])
    [result] = report.results

    assert str(result.status) in ("fail", "warn")
    assert result.message.endswith(result.check.consequence)


def test_each_of_them_is_seen():
    named = {one.name for one in all_defects().values() if one.area == "identity provider"}

    assert {f"provider-{name}" for name in SEEN} == named
