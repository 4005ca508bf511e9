"""Where the RFCs leave a choice, none is a failure: the whole suite, on servers that choose."""

import os
from pathlib import Path

import pytest

import conformance
from conformance.wire.access import Access, Basic
from scim_server.testing.live import LiveServer
from scim_server.testing.variants import UnknownVariant, VariantServer, all_variants, variant_server

SCHEMAS = Path(__file__).parents[2] / "examples" / "schemas"

BUNDLES = [
    "no-patch no-passwords discovery-behind-the-token creations-have-no-body no-groups"
    " no-enterprise shows-no-dates names-its-charset ids-of-another-form no-bulk no-root-search"
    " errors-say-little endpoints-without-a-slash",
    "no-filter no-cursors attributes-of-its-own several-schemes unassigned-is-null no-sort"
    " no-bulk-no-endpoint patch-answers-204 relative-locations errors-say-more config-says-more"
    " no-groups-on-users groups-have-no-writing",
    "sort-refused small-bulk dates-with-an-offset pages-of-two put-keeps-what-is-omitted"
    " ids-are-numbers no-groups-in-groups headers-in-lower-case",
    "no-etag no-search no-me active-by-default lists-say-what-is-required no-value-paths"
    " display-name-by-the-server primary-by-the-server slashes-redirect newest-first",
    "answers-compressed few-attributes members-are-values-alone too-many asks-for-an-address"
    " user-names-stay kinds-of-addresses filters-of-eq-alone",
    "discovery-ignores-filters unknown-attributes-refused mail-in-lower-case headers-of-a-proxy"
    " names-in-lower-case passwords-of-a-policy short-values strong-versions sorted-by-few"
    " discovery-without-meta members-on-request empty-lists-have-resources",
    "dates-of-whole-seconds password-filters-refused group-patch-answers-200 cursors-by-default"
    " unassigned-is-empty unknown-attributes-kept addresses-are-unique too-fast"
    " asks-for-a-display-name me-is-not-there versions-in-the-header-alone",
    "deletions-forbidden filters-of-names-alone no-emails no-name no-active no-password"
    " groups-are-read-alone one-address",
]
"""Choices that get along with one another, so that each of them is tried at least once."""

NEED_AN_OPTION = {"basic-alone", "names-are-addresses"}

SETTINGS = [
    {"strict": True, "page_size": 3, "max_page_size": 3},
    {
        "skip_unknown_members": True,
        "unique_group_names": False,
        "base_path": "/api/scim",
        "schemas": str(SCHEMAS),
    },
]

ALONE = sorted(set(all_variants()) - NEED_AN_OPTION) if os.environ.get("SOAK") else ["no-sort"]
"""Those that are tried without company, too: all of them with SOAK=1."""


def failures(server, **options):
    report = conformance.run(server.url, token=server.token, **options)
    return [f"{r.check.id}: {r.message}" for r in report.results if r.status in ("fail", "error")]


@pytest.fixture(scope="module")
def server():
    with VariantServer() as live:
        yield live


def test_every_variant_is_tried():
    bundled = {name for bundle in BUNDLES for name in bundle.split()}

    assert set(all_variants()) == bundled | NEED_AN_OPTION


def test_there_are_enough_of_them():
    assert 25 <= len(all_variants())


def test_a_name_and_a_password_do_as_well_as_a_token(server):
    server.choose(["basic-alone"])
    access = Access(Basic("admin", server.token))
    some = ["rfc7644/2", "rfc7643/5", "rfc7644/3.3"]
    report = conformance.run(server.url, access=access, only=some)

    assert [] == [r.check.id for r in report.results if r.status in ("fail", "error")]


def test_names_end_as_they_are_required_to(server):
    server.choose(["names-are-addresses"])
    some = ["rfc7643/2.3.1", "rfc7644/3.3", "rfc7644/3.4.2.2", "rfc7644/3.5.1"]

    assert [] == failures(server, only=some, require=["userName={uuid}@example.com"])


@pytest.mark.parametrize("bundle", BUNDLES)
def test_no_choice_is_blamed(server, bundle):
    server.choose(bundle.split())

    assert [] == failures(server)


@pytest.mark.parametrize("name", ALONE)
def test_no_choice_is_blamed_alone(server, name):
    server.choose([name])

    assert [] == failures(server)


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: "-".join(settings))
def test_no_setting_is_blamed(settings):
    with LiveServer(**settings) as live:
        assert [] == failures(live)


def test_an_unknown_variant_names_the_nearest():
    with pytest.raises(UnknownVariant, match="the nearest is no-sort"):
        variant_server("no-sorts")
