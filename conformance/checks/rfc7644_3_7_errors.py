"""RFC 7644 §3.7 and §3.7.3: what fails in a bulk request, and what then becomes of the rest."""

from conformance import bulk
from conformance.check import MUST, SHOULD, check
from conformance.operations import replace
from conformance.scim import Scim
from scim_protocol.urns import BULK, ERROR

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
    "rfc7644/3.7/methods",
    MUST,
    "Only POST, PUT, PATCH and DELETE are operations.",
    needs=BULKS,
    catches=[
        "bulk-get-is-taken",
        "bulk-status-is-always-200",
        "bulk-unknown-methods-succeed",
        "bulk-without-status",
    ],
)
def methods(scim: Scim) -> None:
    """Another method is refused, the operation or the request, and is not told as done."""
    user = scim.new_user()
    for method in ("GET", "HEAD", "FETCH"):
        answer = bulk.send(scim, {"method": method, "path": user.path})
        if answer.status == 200:
            for result in answer.body.items_of("Operations"):
                bulk.must_have_failed(result)
        else:
            answer.must.be_refused()


@check(
    "rfc7644/3.7/paths",
    MUST,
    "A path that leads nowhere fails its operation.",
    needs=BULKS,
    catches=["bulk-does-no-post", "bulk-failure-has-500", "bulk-unknown-paths-succeed"],
)
def paths(scim: Scim) -> None:
    """A POST goes to a resource type, all else to one resource."""
    user = scim.new_user()
    body = scim.smallest_user()
    for operation in (
        bulk.post(f"/{scim.name()}", "x", body),
        {"method": "DELETE", "path": scim.users},
        {"method": "PUT", "path": scim.users, "data": body},
        bulk.post(user.path, "x", body),
    ):
        answer = bulk.send(scim, operation)
        if answer.status == 200:
            for result in answer.body.items_of("Operations"):
                bulk.must_have_failed(result)
        else:
            answer.must.be_refused()
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.7/without-data",
    MUST,
    "A POST, PUT or PATCH without data fails.",
    needs=BULKS,
    catches=["bulk-does-no-put", "bulk-status-is-a-number", "bulk-without-data-succeeds"],
)
def without_data(scim: Scim) -> None:
    """`data` is required of them; and the resource stays what it was."""
    user = scim.new_user()
    for method in ("PUT", "PATCH"):
        answer = bulk.send(scim, {"method": method, "path": user.path})
        if answer.status == 200:
            for result in answer.body.items_of("Operations"):
                bulk.must_have_failed(result)
        else:
            answer.must.be_refused()
    scim.read(user).must.have("userName", equal_to=user["userName"])


@check(
    "rfc7644/3.7/malformed",
    MUST,
    "A bulk request that is none is refused.",
    needs=BULKS,
    catches=["bulk-malformed-is-500", "bulk-malformed-is-nothing"],
)
def malformed(scim: Scim) -> None:
    """No JSON, no object, no Operations, Operations that are no list of objects: 400."""
    schema = f'"schemas": ["{bulk.REQUEST}"]'
    for raw in (
        "{",
        "[]",
        f"{{{schema}}}",
        f'{{{schema}, "Operations": {{}}}}',
        f'{{{schema}, "Operations": "POST"}}',
        f'{{{schema}, "Operations": null}}',
    ):
        scim.send("POST", BULK, raw=raw.encode()).must.be_error(
            400, None, "invalidSyntax", "invalidValue"
        )


@check(
    "rfc7644/3.7/only-post",
    MUST,
    "/Bulk takes POST alone.",
    needs=BULKS,
    catches=["bulk-can-be-read"],
)
def only_post(scim: Scim) -> None:
    """There is nothing to read there, nor to replace."""
    for method in ("GET", "PUT", "DELETE"):
        body = {"schemas": [bulk.REQUEST], "Operations": []} if method == "PUT" else None
        answer = scim.send(method, BULK, body=body)
        refused = 400 <= answer.status < 500 or answer.status == 501
        scim.require(refused, "404, 405 or 501", answer.summary)


@check(
    "rfc7644/3.7/version",
    MUST,
    "An operation with a stale version is 412.",
    needs=["etag", *PATCHES],
    catches=["bulk-versions-ignored", "bulk-versions-refused"],
)
def version(scim: Scim) -> None:
    """`version` is to it what If-Match is to a request alone; the right one is no hindrance."""
    user = scim.new_user(displayName="before")
    current = scim.get(user.path).headers.get("ETag")
    scim.skip_unless(current is not None, "the endpoint gives no ETag")
    stale = 'W/"no-version-of-this"'
    change = replace("displayName", "lost")
    lost = bulk.done(scim, bulk.patch(user, change, version=stale))
    bulk.must_have_status(lost.of("PATCH", user), 412)
    kept = bulk.done(scim, bulk.delete(user, version=stale))
    bulk.must_have_status(kept.of("DELETE", user), 412)
    scim.read(user).must.have("displayName", equal_to="before")

    done = bulk.done(scim, bulk.patch(user, replace("displayName", "after"), version=current))
    bulk.must_have_status(done.of("PATCH", user), 200, 204)
    scim.read(user).must.have("displayName", equal_to="after")


@check(
    "rfc7644/3.7/version-told",
    SHOULD,
    "A result has the new version.",
    needs=["etag", *BULKS],
    catches=["bulk-without-version"],
)
def version_told(scim: Scim) -> None:
    """So a client need not read what it has just made before it can change it."""
    results = bulk.done(scim, bulk.post(scim.users, "one", scim.smallest_user()))
    made = results.created("one")
    scim.skip_unless("ETag" in made.headers, "the endpoint gives no ETag")

    results.of_post("one")["version"].must.be("string")


@check(
    "rfc7644/3.7/version-true",
    MUST,
    "The version of a result is the ETag.",
    needs=["etag", *BULKS],
    catches=["bulk-version-is-another"],
)
def version_true(scim: Scim) -> None:
    """Where it is told it is the one that reading gives."""
    results = bulk.done(scim, bulk.post(scim.users, "one", scim.smallest_user()))
    made, told = results.created("one"), results.of_post("one").get("version")
    scim.skip_unless("ETag" in made.headers, "the endpoint gives no ETag")
    scim.skip_unless(told is not None, "the endpoint tells no version in results")

    results.of_post("one")["version"].must.equal(made.headers["ETag"])


def _is_nowhere(scim: Scim, body: dict[str, object]) -> None:
    if scim.claims.missing("filter"):
        return
    found = scim.matches(scim.users, filter=f'userName eq "{body["userName"]}"')
    scim.require(not found, "no such user, as the request had been ended", "there is one")
