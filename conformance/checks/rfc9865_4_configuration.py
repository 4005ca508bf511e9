"""RFC 9865 §4: what the endpoint says of its pages, and whether it is true."""

from conformance.check import MUST, SHOULD, check
from conformance.claims import Document
from conformance.scim import Scim

USERS = ["User", "filter"]


@check(
    "rfc9865/4/configuration",
    MUST,
    "`pagination` says of cursor and index whether they work.",
    catches=["cursor-claims-text", "cursor-claims-without-index"],
)
def configuration(scim: Scim) -> None:
    """Both are required of an endpoint that says anything of its paging; sizes are positive."""
    stated = (scim.claims.config or {}).get("pagination")
    scim.skip_unless(stated is not None, "ServiceProviderConfig says nothing of pagination")
    pagination = scim.get("/ServiceProviderConfig")["pagination"]

    for name in ("cursor", "index"):
        pagination[name].must.be("boolean")
    if method := pagination.get("defaultPaginationMethod"):
        method.must.be_one_of("cursor", "index")
    for name in ("defaultPageSize", "maxPageSize", "cursorTimeout"):
        if size := pagination.get(name):
            size.must.be("integer")
            scim.require(size.value > 0, f"{name} to be positive", size.value)
    default, most = (pagination.get(name) for name in ("defaultPageSize", "maxPageSize"))
    if default and most:
        scim.require(default.value <= most.value, "defaultPageSize within maxPageSize", default)


@check(
    "rfc9865/4/stated",
    SHOULD,
    "An endpoint that pages by cursors says so.",
    needs=USERS,
    catches=["cursor-works-unclaimed"],
)
def stated(scim: Scim) -> None:
    """Clients look for `pagination.cursor` before they ask for a page so."""
    if _pagination(scim).get("cursor") is True:
        return
    answer = scim.people.listed(cursor="", count=2)
    answer.given.have_status(200)

    answer.must.lack("nextCursor")


@check(
    "rfc9865/4/default-method",
    MUST,
    "The default method is that of a query which names none.",
    needs=USERS,
    catches=["cursor-default-is-index", "cursor-default-unclaimed"],
)
def default_method(scim: Scim) -> None:
    """A part of the results has then nextCursor, or else startIndex."""
    method = _pagination(scim).get("defaultPaginationMethod")
    scim.skip_unless(method in ("cursor", "index"), "the endpoint names no default")
    answer = scim.people.listed(count=2)
    answer.must.have_status(200)

    answer.must.have("nextCursor" if method == "cursor" else "startIndex")


@check(
    "rfc9865/4/most",
    MUST,
    "No page is longer than maxPageSize says.",
    needs=USERS,
    catches=["cursor-pages-beyond-the-most"],
)
def most(scim: Scim) -> None:
    """Whatever `count` asks for, and if nothing is asked."""
    size = _size(scim, "maxPageSize")
    for query in ({"count": 100}, {}):
        found = scim.people.listed(**query).must.be_list(counted=False)
        scim.require(len(found) <= size, f"at most {size}", f"{len(found)} resources")


@check(
    "rfc9865/4/default-size",
    SHOULD,
    "Without `count` a page has at most defaultPageSize results.",
    needs=USERS,
    catches=["cursor-pages-beyond-the-default"],
)
def default_size(scim: Scim) -> None:
    """It may differ for some types, which is why this is no MUST."""
    size = _size(scim, "defaultPageSize")
    found = scim.people.listed().must.be_list(counted=False)

    scim.require(len(found) <= size, f"at most {size}", f"{len(found)} resources")


def _pagination(scim: Scim) -> Document:
    stated = (scim.claims.config or {}).get("pagination")
    return stated if isinstance(stated, dict) else {}


def _size(scim: Scim, name: str) -> int:
    size = _pagination(scim).get(name)
    scim.skip_unless(isinstance(size, int), f"the endpoint says no {name}")
    return int(size or 0)
