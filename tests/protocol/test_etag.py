"""Versions and preconditions (RFC 7644 §3.14)."""

import pytest

from scim_protocol.errors import PreconditionFailed
from scim_protocol.etag import Preconditions, format_version

NAMES_3 = ['W/"3"', '"3"', "*", " * ", 'W/"1", W/"3"', 'W/"1",W/"3"', ' W/"3" ']
MALFORMED = ["", "3", "x", "W/3", '"3', 'x"3"', '"3" "3"', 'w/"3"']
NAMES_OTHERS = ['W/"4"', '"33"', 'W/"1", W/"2"', '""', 'W/"*"', *MALFORMED]


def test_a_version_is_a_weak_tag() -> None:
    assert 'W/"3"' == format_version(3)


@pytest.mark.parametrize("header", [None, *NAMES_3])
def test_a_change_goes_on_when_if_match_names_the_version(header: str | None) -> None:
    Preconditions(if_match=header).require(3)


@pytest.mark.parametrize("header", NAMES_OTHERS)
def test_a_change_is_refused_when_if_match_names_others(header: str) -> None:
    with pytest.raises(PreconditionFailed, match='The resource is at version W/"3"'):
        Preconditions(if_match=header).require(3)


@pytest.mark.parametrize("header", NAMES_3)
def test_a_change_is_refused_when_if_none_match_names_the_version(header: str) -> None:
    with pytest.raises(PreconditionFailed, match='The resource is at version W/"3"'):
        Preconditions(if_none_match=header).require(3)


@pytest.mark.parametrize("header", NAMES_OTHERS)
def test_a_change_goes_on_when_if_none_match_names_others(header: str) -> None:
    Preconditions(if_none_match=header).require(3)


@pytest.mark.parametrize("header", NAMES_3)
def test_a_reader_has_the_version_that_if_none_match_names(header: str) -> None:
    assert Preconditions(if_none_match=header).not_modified(3)


@pytest.mark.parametrize("header", [None, *NAMES_OTHERS])
def test_a_reader_lacks_a_version_that_if_none_match_does_not_name(header: str | None) -> None:
    assert not Preconditions(if_none_match=header).not_modified(3)


def test_a_reader_may_insist_on_a_version() -> None:
    assert not Preconditions(if_match='W/"3"').not_modified(3)
    with pytest.raises(PreconditionFailed):
        Preconditions(if_match='W/"4"').not_modified(3)
