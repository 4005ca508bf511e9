"""RFC 7643 §5: what the ServiceProviderConfig says of features, and whether it is true."""

from conformance.check import MUST, SHOULD, check
from conformance.scim import Scim
from scim_protocol.urns import BULK

_BULK_REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@check(
    "rfc7643/5/patch-is-true",
    MUST,
    "An endpoint that says that it has PATCH has it.",
    needs=["patch", "User"],
    catches=["patch-is-not-there"],
)
def patch_is_true(scim: Scim) -> None:
    """405 and 501 are answers of one that has not."""
    scim.skip_unless(scim.claims.claims("patch") is True, "patch is not claimed")
    user = scim.new_user()
    change = {"op": "replace", "path": "userName", "value": str(user["userName"])}
    answer = scim.patch(user.path, change)

    scim.require(answer.status not in (404, 405, 501), "a PATCH", answer.summary)


@check(
    "rfc7643/5/patch-is-denied",
    SHOULD,
    "An endpoint that says that it has no PATCH has none.",
    needs=["User", "User.displayName"],
    catches=["config-denies-patch"],
)
def patch_is_denied(scim: Scim) -> None:
    """`supported` says whether it is; clients that believe a false no replace whole resources."""
    if scim.claims.claims("patch") is not False:
        return
    user = scim.new_user()
    change = {"op": "replace", "path": "displayName", "value": scim.name()}
    answer = scim.patch(user.path, change)

    scim.require(not answer.ok, "no PATCH, or a claim of it", answer.summary)


@check(
    "rfc7643/5/filter-is-true",
    MUST,
    "An endpoint that says that it has filters has them.",
    needs=["filter", "User"],
    catches=["filter-is-not-there"],
)
def filter_is_true(scim: Scim) -> None:
    """At least userName eq, by which every client matches accounts."""
    scim.skip_unless(scim.claims.claims("filter") is True, "filter is not claimed")
    user, _ = scim.new_user(), scim.new_user()
    found = scim.matches(scim.users, filter=f'userName eq "{user["userName"]}"')

    ids = [str(one["id"]) for one in found]
    scim.require(ids == [user.id], f"the user {user.id}", ids)


@check(
    "rfc7643/5/filter-is-denied",
    SHOULD,
    "An endpoint that says that it has no filters has none.",
    needs=["User"],
    catches=["config-denies-filter"],
)
def filter_is_denied(scim: Scim) -> None:
    """Clients that believe a false no read everybody, each time."""
    if scim.claims.claims("filter") is not False:
        return
    user, other = scim.new_user(), scim.new_user()
    for one in (user, other):
        answer = scim.get(scim.users, filter=f'userName eq "{one["userName"]}"')
        if not answer.ok:
            return
        found = [str(node["id"]) for node in answer.body.items_of("Resources")]
        if found != [one.id]:
            return
    scim.require(False, "no filters, or a claim of them", "filters that find whom they name")


@check(
    "rfc7643/5/sort-is-true",
    MUST,
    "An endpoint that says that it sorts does.",
    needs=["sort", "User", "filter"],
    catches=["sort-is-not-there"],
)
def sort_is_true(scim: Scim) -> None:
    """At least by userName, which all have; others may be few."""
    scim.skip_unless(scim.claims.claims("sort") is True, "sort is not claimed")
    answer = scim.people.listed(sortBy="userName", sortOrder="descending")
    answer.must.be_list(counted=scim.pages_by_index)


@check(
    "rfc7643/5/sort-is-denied",
    SHOULD,
    "An endpoint that says that it does not sort does not.",
    needs=["User", "filter"],
    catches=["config-denies-sort"],
)
def sort_is_denied(scim: Scim) -> None:
    """What it can do it should say."""
    if scim.claims.claims("sort") is not False:
        return
    people = scim.people
    for order, wanted in (("descending", "edcba"), ("ascending", "abcde")):
        answer = people.listed(sortBy="userName", sortOrder=order)
        found = [str(node["id"]) for node in answer.body.items_of("Resources")]
        if not answer.ok or people.letters_in_order(found) != wanted:
            return
    scim.require(False, "no order, or a claim of it", "users in the order that was asked for")


@check(
    "rfc7643/5/bulk-is-denied",
    SHOULD,
    "An endpoint that says that it has no bulk requests has none.",
    needs=["User"],
    catches=["config-denies-bulk"],
)
def bulk_is_denied(scim: Scim) -> None:
    """Tried with a request that changes nothing: to delete who is not there."""
    if scim.claims.claims("bulk") is not False:
        return
    operation = {"method": "DELETE", "path": f"{scim.users}/{scim.name()}"}
    answer = scim.post(BULK, {"schemas": [_BULK_REQUEST], "Operations": [operation]})

    is_bulk = answer.status == 200 and "Operations" in (answer.document or {})
    scim.require(not is_bulk, "no bulk requests, or a claim of them", answer.summary)


@check(
    "rfc7643/5/filter-limit-holds",
    MUST,
    "No answer holds more than filter.maxResults.",
    needs=["filter", "User"],
    catches=["config-filter-limit-is-untrue"],
)
def filter_limit_holds(scim: Scim) -> None:
    """It is the most that comes in one answer; tried on five, as a small limit is soon passed."""
    most = (scim.claims.config or {}).get("filter", {}).get("maxResults")
    scim.skip_unless(isinstance(most, int) and most > 0, "the endpoint names no limit")
    found = scim.people.listed(count=100).must.be_list(counted=False)

    scim.require(len(found) <= int(most or 0), f"at most {most}", f"{len(found)} resources")
