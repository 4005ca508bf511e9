"""RFC 7644 §3.7 and §3.7.3: what fails in a bulk request, and what then becomes of the rest."""

from conformance.check import MUST, SHOULD, check
from conformance.material import bulk
from conformance.material.operations import replace
from conformance.scim import Scim
from scim_protocol.urns import ERROR

BULKS = ["bulk", "User"]
PATCHES = ["patch", *BULKS, "User.displayName"]


@check(
    "rfc7644/3.7/goes-on",
    MUST,
    "Without failOnErrors all operations are tried.",
    needs=BULKS,
    catches=[],
)
def goes_on(scim: Scim) -> None:
    """As many changes as possible are made, whatever fails: at the start, between, at the end."""
    taken = scim.new_user()
    twin = scim.smallest_user(userName=str(taken["userName"]))
    results = bulk.done(
        scim,
        bulk.post(scim.users, "bad1", twin),
        bulk.post(scim.users, "good1", scim.smallest_user()),
        bulk.post(scim.users, "bad2", twin),
        bulk.post(scim.users, "bad3", twin),
        bulk.post(scim.users, "good2", scim.smallest_user()),
    )
    scim.require(len(results) == 5, "five results", len(results))
    for bulk_id in ("bad1", "bad2", "bad3"):
        bulk.must_have_failed(results.of_post(bulk_id))
    results.created("good1")
    results.created("good2")


@check(
    "rfc7644/3.7/error",
    MUST,
    "A failed operation has the error as its `response`.",
    needs=BULKS,
    catches=[
        "bulk-conflict-has-400",
        "bulk-response-has-another-status",
        "bulk-response-has-no-schema",
        "bulk-response-is-text",
        "bulk-without-response",
    ],
)
def error(scim: Scim) -> None:
    """With schema and status, as if it had been alone; the status is the same in both places."""
    taken = scim.new_user()
    twin = scim.smallest_user(userName=str(taken["userName"]))
    result = bulk.done(scim, bulk.post(scim.users, "bad", twin)).of_post("bad")

    bulk.must_have_status(result, 409)
    result["response"]["schemas"].must.contain(ERROR)
    result["response"]["status"].must.equal("409")


@check(
    "rfc7644/3.7/error-of-each",
    MUST,
    "Each method's errors are told.",
    needs=PATCHES,
    catches=["bulk-without-location-of-failures"],
)
def error_of_each(scim: Scim) -> None:
    """PUT, PATCH and DELETE of what is not there are 404, with the response and location."""
    gone = scim.new_user()
    scim.delete(gone.path).given.have_status(204)
    results = bulk.done(
        scim,
        bulk.put(gone, scim.smallest_user()),
        bulk.patch(gone, replace("displayName", "x")),
        bulk.delete(gone),
    )
    scim.require(len(results) == 3, "three results", len(results))
    for method in ("PUT", "PATCH", "DELETE"):
        result = results.of(method, gone)
        bulk.must_have_status(result, 404)
        result["response"]["status"].must.equal("404")


@check(
    "rfc7644/3.7/invalid",
    MUST,
    "An operation with invalid data fails, and does nothing.",
    needs=BULKS,
    catches=[],
)
def invalid(scim: Scim) -> None:
    """It is checked like a request of its own: a user without userName is none."""
    body = scim.smallest_user()
    del body["userName"]
    good = scim.smallest_user()
    results = bulk.done(
        scim, bulk.post(scim.users, "bad", body), bulk.post(scim.users, "good", good)
    )

    bulk.must_have_status(results.of_post("bad"), 400)
    results.created("good")


@check(
    "rfc7644/3.7/all-or-nothing",
    MUST,
    "An operation that fails changes nothing.",
    needs=PATCHES,
    catches=[],
)
def all_or_nothing(scim: Scim) -> None:
    """Each is one request: a PATCH whose second change is refused does not do the first."""
    user = scim.new_user(displayName="before")
    wrong = replace('emails[type eq "none-such"].value', "x@example.com")
    alone = scim.patch(user.path, replace("displayName", "lost"), wrong)
    scim.skip_unless(alone.status == 400, "the endpoint takes the wrong change")
    scim.read(user).given.hold({"displayName": "before"})
    results = bulk.done(scim, bulk.patch(user, replace("displayName", "lost"), wrong))

    bulk.must_have_failed(results.of("PATCH", user))
    scim.read(user).must.have("displayName", equal_to="before")


@check(
    "rfc7644/3.7/twins",
    MUST,
    "Of two users with one name one is created.",
    needs=BULKS,
    catches=[],
)
def twins(scim: Scim) -> None:
    """Uniqueness holds within a request, too."""
    body = scim.smallest_user()
    results = bulk.done(
        scim, bulk.post(scim.users, "one", body), bulk.post(scim.users, "two", body)
    )

    found = sorted(bulk.status_of(result) for result in results)
    scim.require(found == [201, 409], "201 and 409", found)


@check(
    "rfc7644/3.7/fail-on-errors",
    MUST,
    "failOnErrors=1 stops after the first error.",
    needs=BULKS,
    catches=["bulk-fail-on-errors-one-late"],
)
def fail_on_errors(scim: Scim) -> None:
    """What came before is done and told of, what would have come after is neither."""
    taken, never = scim.new_user(), scim.smallest_user()
    twin = scim.smallest_user(userName=str(taken["userName"]))
    results = bulk.done(
        scim,
        bulk.post(scim.users, "good", scim.smallest_user()),
        bulk.post(scim.users, "bad", twin),
        bulk.post(scim.users, "never", never),
        failOnErrors=1,
    )
    scim.require(len(results) == 2, "two results: one done, one failed", len(results))
    results.created("good")
    bulk.must_have_status(results.of_post("bad"), 409)
    _is_nowhere(scim, never)


@check(
    "rfc7644/3.7/fail-on-second",
    MUST,
    "failOnErrors=2 accepts one error, and stops after the second.",
    needs=BULKS,
    catches=["bulk-fail-on-errors-ignored"],
)
def fail_on_second(scim: Scim) -> None:
    """It is a number of errors, not a switch."""
    taken, never = scim.new_user(), scim.smallest_user()
    twin = scim.smallest_user(userName=str(taken["userName"]))
    results = bulk.done(
        scim,
        bulk.post(scim.users, "bad1", twin),
        bulk.post(scim.users, "good", scim.smallest_user()),
        bulk.post(scim.users, "bad2", twin),
        bulk.post(scim.users, "never", never),
        failOnErrors=2,
    )
    scim.require(len(results) == 3, "three results, of which two failed", len(results))
    results.created("good")
    _is_nowhere(scim, never)


@check(
    "rfc7644/3.7/fail-on-more",
    MUST,
    "failOnErrors that is not reached stops nothing.",
    needs=BULKS,
    catches=["bulk-fail-on-errors-is-a-switch"],
)
def fail_on_more(scim: Scim) -> None:
    """One error where five are accepted."""
    taken = scim.new_user()
    twin = scim.smallest_user(userName=str(taken["userName"]))
    results = bulk.done(
        scim,
        bulk.post(scim.users, "bad", twin),
        bulk.post(scim.users, "good", scim.smallest_user()),
        failOnErrors=5,
    )
    results.created("good")


@check(
    "rfc7644/3.7/fail-on-any",
    MUST,
    "failOnErrors counts failures of every kind.",
    needs=BULKS,
    catches=["bulk-missing-is-no-error"],
)
def fail_on_any(scim: Scim) -> None:
    """What is not there is an error like what is taken: the second of them ends it."""
    taken, gone, never = scim.new_user(), scim.new_user(), scim.smallest_user()
    scim.delete(gone.path).given.have_status(204)
    results = bulk.done(
        scim,
        bulk.delete(gone),
        bulk.post(scim.users, "bad", scim.smallest_user(userName=str(taken["userName"]))),
        bulk.post(scim.users, "never", never),
        failOnErrors=2,
    )
    scim.require(len(results) == 2, "two results, both failed", len(results))
    _is_nowhere(scim, never)


@check(
    "rfc7644/3.7.3/as-alone",
    MUST,
    "A failed operation has the status and the keyword that it has alone.",
    needs=BULKS,
    catches=["bulk-response-has-another-keyword", "bulk-response-has-no-keyword"],
)
def as_alone(scim: Scim) -> None:
    """`response` is the body of the answer to the same request by itself."""
    taken = scim.new_user()
    nameless = scim.smallest_user()
    del nameless["userName"]
    for operation in (
        bulk.post(scim.users, "twin", scim.smallest_user(userName=str(taken["userName"]))),
        bulk.post(scim.users, "nameless", nameless),
        bulk.put(taken, nameless),
    ):
        alone = scim.send(operation["method"], operation["path"], body=operation["data"])
        if not 400 <= alone.status < 500:
            continue
        [result] = bulk.done(scim, operation)
        bulk.must_have_status(result, alone.status)
        if keyword := alone.body.get("scimType"):
            result["response"]["scimType"].must.equal(keyword)


@check(
    "rfc7644/3.7.3/no-location",
    SHOULD,
    "A POST that failed has no location.",
    needs=BULKS,
    catches=["bulk-location-of-failed-creation"],
)
def no_location(scim: Scim) -> None:
    """There is no resource that it could be of."""
    taken = scim.new_user()
    twin = scim.smallest_user(userName=str(taken["userName"]))
    result = bulk.done(scim, bulk.post(scim.users, "bad", twin)).of_post("bad")
    bulk.must_have_failed(result)

    result.must.lack("location")


def _is_nowhere(scim: Scim, body: dict[str, object]) -> None:
    if scim.claims.missing("filter"):
        return
    found = scim.matches(scim.users, filter=f'userName eq "{body["userName"]}"')
    scim.require(not found, "no such user, as the request had been ended", "there is one")
