"""Where the RFCs leave a choice, none is a failure: the whole suite, on servers that choose."""

import os
from pathlib import Path

import pytest

import conformance
from scim_server.testing.live import LiveServer
from scim_server.testing.variants import UnknownVariant, VariantServer, all_variants, variant_server

SCHEMAS = Path(__file__).parents[2] / "examples" / "schemas"

BUNDLES = [
    "no-sort no-bulk-no-endpoint patch-answers-204 relative-locations errors-say-more",
    "sort-refused small-bulk dates-with-an-offset pages-of-two put-keeps-what-is-omitted",
    "no-etag no-search no-me active-by-default lists-say-what-is-required no-value-paths",
    "no-filter no-cursors attributes-of-its-own several-schemes unassigned-is-null",
    "no-patch no-304 no-passwords discovery-behind-the-token creations-have-no-body",
    "no-groups no-enterprise shows-no-dates names-its-charset ids-of-another-form",
    "answers-compressed few-attributes members-are-values-alone too-many asks-for-an-address",
    "no-bulk no-root-search no-groups-on-users errors-say-little endpoints-without-a-slash",
    "discovery-ignores-filters unknown-attributes-refused mail-in-lower-case headers-of-a-proxy",
    "members-on-request versions-in-the-header-alone empty-lists-have-resources",
    "dates-of-whole-seconds password-filters-refused group-patch-answers-200 cursors-by-default",
    "deletions-forbidden",
]
"""Choices that get along with one another, so that each of them is tried at least once."""

SETTINGS = [
    {"strict": True, "page_size": 3, "max_page_size": 3},
    {"skip_unknown_members": True, "unique_group_names": False},
    {"base_path": "/api/scim"},
    {"schemas": str(SCHEMAS)},
]


def failures(server):
    report = conformance.run(server.url, token=server.token)
    return [f"{r.check.id}: {r.message}" for r in report.results if r.status in ("fail", "error")]


@pytest.fixture(scope="module")
def server():
    with VariantServer() as live:
        yield live


def test_every_variant_is_tried():
    assert sorted(all_variants()) == sorted(name for bundle in BUNDLES for name in bundle.split())


def test_there_are_enough_of_them():
    assert 25 <= len(all_variants())


@pytest.mark.parametrize("bundle", BUNDLES)
def test_no_choice_is_blamed(server, bundle):
    server.choose(bundle.split())

    assert [] == failures(server)


@pytest.mark.skipif(not os.environ.get("SOAK"), reason="SOAK=1 tries each choice alone, too")
@pytest.mark.parametrize("name", all_variants())
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
