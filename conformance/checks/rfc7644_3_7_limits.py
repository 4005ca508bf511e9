"""RFC 7644 §3.7.4: how much a bulk request may hold."""

from conformance.answer import Answer
from conformance.check import MUST, check
from conformance.material import bulk
from conformance.scim import Scim


@check(
    "rfc7644/3.7.4/operations",
    MUST,
    "More operations than maxOperations are refused with 413.",
    needs=["bulk", "User"],
    catches=["bulk-cuts-what-is-too-much", "bulk-does-no-delete", "bulk-no-limit-of-operations"],
)
def most_operations(scim: Scim) -> None:
    """Before any of them is done; the error says which limit it is."""
    most = _limit(scim, "maxOperations", 2000)
    user = scim.new_user()
    answer = bulk.send(scim, *[bulk.delete(user) for _ in range(most + 1)])

    answer.must.have_status(413)
    answer.must.be_error_message()
    _names_limit(scim, answer, "maxOperations", most)
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.7.4/payload",
    MUST,
    "A request larger than maxPayloadSize is refused with 413.",
    needs=["bulk", "User"],
    catches=[
        "bulk-limit-has-no-body",
        "bulk-limit-is-400",
        "bulk-limit-is-not-named",
        "bulk-no-limit-of-size",
    ],
)
def largest_payload(scim: Scim) -> None:
    """Before anything of it is done."""
    most = _limit(scim, "maxPayloadSize", 8_000_000)
    user = scim.new_user()
    answer = bulk.send(scim, bulk.delete(user), padding="x" * most)

    answer.must.have_status(413)
    answer.must.be_error_message()
    _names_limit(scim, answer, "maxPayloadSize", most)
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.7.4/many",
    MUST,
    "As many operations as maxOperations are taken.",
    needs=["bulk", "User"],
    catches=["bulk-limit-is-lower", "bulk-stops-at-third-error"],
)
def many(scim: Scim) -> None:
    """The limit that is stated is the one that holds; tried up to 1,000."""
    most = min(1000, _limit(scim, "maxOperations", 10**9))
    user = scim.new_user()
    results = bulk.done(scim, *[bulk.delete(user) for _ in range(most)])

    scim.require(len(results) == most, f"{most} results", len(results))
    found = sorted(bulk.status_of(result) for result in results)
    scim.require(found[0] == 204, "one that is done", found[:3])


def _limit(scim: Scim, name: str, reasonable: int) -> int:
    stated = ((scim.claims.config or {}).get("bulk") or {}).get(name)
    scim.skip_unless(isinstance(stated, int), f"ServiceProviderConfig says no bulk.{name}")
    assert isinstance(stated, int)
    scim.skip_unless(0 < stated <= reasonable, f"bulk.{name} is {stated}: too much to try")
    return stated


def _names_limit(scim: Scim, answer: Answer, name: str, most: int) -> None:
    """Demand that the error says which limit was exceeded (§3.7.4)."""
    told = name.lower() in answer.text.lower() or str(most) in answer.text
    scim.require(told, f"the error to name {name} or its value, {most}", answer.summary)
