"""RFC 7643 §2.2: what a schema says of its attributes is true of every one of them.

The checks go through all attributes of all resource types that discovery lists, those of your own
schemas too.
"""

from typing import Any

from conformance.check import MUST, SHOULD, check
from conformance.claims import Document
from conformance.expect import covers
from conformance.material.attributes import Spot
from conformance.scim import NOT_FOR_US, Resource, Scim

MOST_CASES = 60


def _spots(scim: Scim, *mutabilities: str) -> list[Spot]:
    scim.skip_unless(bool(scim.claims.schemas), "prerequisite: /Schemas cannot be read")
    return scim.spots(*mutabilities)


def _some(scim: Scim, found: list[Any], what: str) -> list[Any]:
    scim.skip_unless(bool(found), f"no schema has {what}")
    return found[:MOST_CASES]


@check(
    "rfc7643/2.2/required",
    MUST,
    "A resource that lacks a required attribute is refused.",
    catches=["required-not-required", "user-name-not-required"],
)
def required(scim: Scim) -> None:
    """The schema says `required`; the client cannot create a resource without it."""
    spots = [
        s for s in _spots(scim, "readWrite", "immutable", "writeOnly") if s.leaf.get("required")
    ]
    tops = [s for s in spots if s.sub is None]
    for spot in _some(scim, tops, "a required attribute"):
        body = spot.without(scim.fullest(spot.type_name))
        if spot.urn and not body.get(spot.urn):
            continue  # without any value the extension itself is not there
        answer = scim.post(scim.claims.path_of(spot.type_name), body)
        if answer.status not in NOT_FOR_US:
            scim.require(answer.status == 400, f"status 400 without {spot}", answer.summary)


@check(
    "rfc7643/2.2/required-null",
    MUST,
    "A required attribute that is null is refused like one that is absent.",
    needs=["User"],
    catches=["null-counts-as-given"],
)
def required_null(scim: Scim) -> None:
    """null and unassigned are one state (§2.5)."""
    for value in (None, ""):
        body = scim.smallest_user() | {"userName": value}
        scim.post(scim.users, body).must.be_error(400, None, "invalidValue", "invalidSyntax")


@check(
    "rfc7643/2.2/read-only",
    MUST,
    "What a client sends for a readOnly attribute is ignored in a creation.",
    catches=["read-only-is-stored", "read-only-is-refused"],
)
def read_only(scim: Scim) -> None:
    """All of them at once: the resource is made, and has none of the forged values."""
    for name in scim.claims.type_names:
        spots = [s for s in _spots(scim, "readOnly") if s.type_name == name and s.sub is None]
        scim.made(name, scim.smallest(name))  # without them it has to be taken
        body, forged = scim.smallest(name), scim.name()
        for spot in (s for s in spots if s.attribute.get("mutability") == "readOnly"):
            body = spot.put(body, _forged(spot, forged))
        created = scim.post(scim.claims.path_of(name), body)
        created.must.have_status(201)
        shown = scim.resource(scim.claims.path_of(name), created)
        for spot in spots:
            _must_lack(scim, scim.read(shown).body.value, spot, forged)


def _forged(spot: Spot, forged: str) -> Any:
    one = {"value": forged} if spot.attribute.get("type") == "complex" else forged
    return [one] if spot.is_list else one


def _must_lack(scim: Scim, shown: Document, spot: Spot, forged: str) -> None:
    scim.require(forged not in str(spot.find(shown)), f"{spot} without what was sent", shown)


@check(
    "rfc7643/2.2/read-only-patch",
    MUST,
    "A PATCH of a readOnly attribute is refused with mutability.",
    needs=["patch"],
    catches=["patch-ignores-read-only", "patch-writes-groups"],
)
def read_only_patch(scim: Scim) -> None:
    """For every attribute that a schema calls readOnly (RFC 7644 §3.5.2)."""
    tops = [s for s in _spots(scim, "readOnly") if s.sub is None]
    for spot in _some(scim, tops, "a readOnly attribute"):
        resource = scim.made(spot.type_name, scim.smallest(spot.type_name))
        value = _forged(spot, scim.name())
        change = {"op": "replace", "path": str(spot), "value": value}
        scim.refused(resource, change).must.be_error(400, None, "mutability")


def _immutable(scim: Scim) -> list[tuple[Spot, Resource, Any]]:
    """Make a resource for each immutable attribute, and another value for it."""
    spots = [s for s in _spots(scim, "immutable") if s.sub is None and not s.refers]
    made = []
    for spot in _some(scim, spots, "an immutable attribute"):
        value, other = spot.sample(scim.name()), spot.sample(scim.name())
        scim.skip_unless(value not in (None, other), f"no two values of {spot} can be made up")
        body = spot.put(scim.smallest(spot.type_name), value)
        made.append((spot, scim.made(spot.type_name, body), other))
    return made


@check(
    "rfc7643/2.2/immutable-replace",
    MUST,
    "A replacement does not change an immutable attribute.",
    catches=["put-changes-immutable"],
)
def immutable_replace(scim: Scim) -> None:
    """The values must match, or it is an error (RFC 7644 §3.5.1)."""
    for spot, resource, other in _immutable(scim):
        before = scim.read(resource).body.value
        answer = scim.put(resource.path, spot.put(before, other))

        after = scim.read(resource).body.value
        kept = spot.find(after) == spot.find(before)
        scim.require(kept and not answer.ok, f"{spot} unchanged, and 400", answer.summary)


@check(
    "rfc7643/2.2/immutable-same",
    MUST,
    "A replacement with the value that an immutable attribute has is taken.",
    catches=["put-refuses-immutable"],
)
def immutable_same(scim: Scim) -> None:
    """A client sends back what it read."""
    for _, resource, _ in _immutable(scim):
        body = scim.read(resource).body.value
        scim.put(resource.path, body).must.have_status(200)


@check(
    "rfc7643/2.2/immutable-patch",
    MUST,
    "A PATCH of an immutable attribute that has a value is refused with mutability.",
    needs=["patch"],
    catches=["patch-changes-immutable"],
)
def immutable_patch(scim: Scim) -> None:
    """It may be set once, and stays (RFC 7644 §3.5.2)."""
    for spot, resource, other in _immutable(scim):
        for op in ("replace", "add") if not spot.is_list else ("replace",):
            refused = scim.refused(resource, {"op": op, "path": str(spot), "value": other})
            refused.must.be_error(400, None, "mutability")


@check(
    "rfc7643/2.2/never-returned",
    MUST,
    "What is returned never is in no answer, even when it is asked for.",
    catches=[
        "shows-passwords-when-replaced",
        "shows-passwords",
        "shows-passwords-when-created",
        "shows-passwords-when-asked",
    ],
)
def never_returned(scim: Scim) -> None:
    """Neither after it was set, nor alone, nor in a list, nor by name."""
    spots = [s for s in _spots(scim) if s.returned == "never" and s.sub is None and not s.urn]
    for spot in _some(scim, spots, "an attribute that is never returned"):
        secret = f"Aa1!{scim.name()}"
        body = spot.put(scim.smallest(spot.type_name), [secret] if spot.is_list else secret)
        made = scim.made(spot.type_name, body)
        for answer in (
            made.answer,
            scim.get(made.path),
            scim.get(made.path, attributes=str(spot)),
            scim.put(made.path, body),
        ):
            answer.must.lack(spot.attribute["name"])


@check(
    "rfc7643/2.2/always-returned",
    MUST,
    "What is returned always cannot be left out.",
    catches=["excludes-what-is-always-returned", "attributes-lose-what-is-always-returned"],
)
def always_returned(scim: Scim) -> None:
    """Neither by naming it in excludedAttributes, nor by asking for another one alone."""
    for name in scim.claims.type_names:
        made = scim.made(name, scim.fullest(name))
        spots = [s for s in _spots(scim) if (s.type_name, s.sub, s.urn) == (name, None, None)]
        always = [
            str(s) for s in spots if s.returned == "always" and s.find(made.answer.body.value)
        ]
        for path in ["id", *always]:
            scim.get(made.path, excludedAttributes=path).must.have(path)
            scim.get(made.path, attributes="meta.created").must.have(path)


@check(
    "rfc7643/2.2/returned-on-request",
    MUST,
    "What is returned on request is shown to who asks, and to nobody else.",
    catches=["shows-what-is-on-request"],
)
def returned_on_request(scim: Scim) -> None:
    """A schema that says `request` spares clients what is long or dear to find."""
    spots = [s for s in _spots(scim, "readWrite") if s.returned == "request" and not s.sub]
    for spot in _some(scim, [s for s in spots if not s.refers], "an attribute on request"):
        body = spot.put(scim.smallest(spot.type_name), spot.sample(scim.name()))
        made = scim.made(spot.type_name, body)
        shown = spot.find(scim.read(made).body.value)
        asked = spot.find(scim.get(made.path, attributes=str(spot)).body.value)
        scim.require(not shown and bool(asked), f"{spot} only when asked for", shown or asked)


@check(
    "rfc7643/2.2/unique",
    MUST,
    "A value that the schema calls unique is refused a second time.",
    catches=["unique-values-twice", "duplicates-allowed"],
)
def unique(scim: Scim) -> None:
    """`uniqueness` of server or global: 409, as of a userName (RFC 7644 §3.3)."""
    spots = [s for s in _spots(scim, "readWrite", "immutable") if s.sub is None and not s.urn]
    found = [s for s in spots if s.leaf.get("uniqueness") in ("server", "global") and not s.refers]
    for spot in _some(scim, found, "a unique attribute"):
        body = spot.put(scim.smallest(spot.type_name), spot.sample(scim.name()))
        scim.made(spot.type_name, body)
        again = spot.put(scim.smallest(spot.type_name), body[spot.attribute["name"]])
        scim.post(scim.claims.path_of(spot.type_name), again).must.be_error(409, "uniqueness")


@check(
    "rfc7643/2.2/not-unique",
    SHOULD,
    "Values that the schema does not call unique may be had twice.",
    catches=["mail-is-unique", "put-takes-mail-for-unique", "names-on-display-are-unique"],
)
def not_unique(scim: Scim) -> None:
    """An endpoint that refuses a second one should say so in its schema."""
    for name in scim.claims.type_names:
        first, second = scim.fullest(name), scim.smallest(name)
        scim.made(name, first)
        for spot in _spots(scim):
            is_unique = spot.leaf.get("uniqueness") not in (None, "none")
            if is_unique and spot.type_name == name:
                first = Spot(name, spot.urn, spot.attribute).without(first)
        keys = ("userName", "displayName")[: 1 if name == "User" else 2]
        body = second | {k: v for k, v in first.items() if k not in keys}
        created = scim.post(scim.claims.path_of(name), body)
        created.must.have_status(201)
        made = scim.resource(scim.claims.path_of(name), created)
        scim.put(made.path, body).must.have_status(200)


@check(
    "rfc7643/2.2/case-exact",
    MUST,
    "Texts are compared as `caseExact` says.",
    needs=["filter"],
    catches=["filters-fold-all-case", "filters-compare-exactly"],
)
def case_exact(scim: Scim) -> None:
    """Each text is looked for in capitals: found, unless the schema calls it case-exact."""
    for name in ("User", *[n for n in scim.claims.type_names if n not in ("User", "Group")]):
        made = scim.made(name, scim.fullest(name))
        shown = scim.read(made).body.value
        for spot in _spots(scim, "readWrite", "immutable"):
            texts = spot.find(shown) if (spot.type_name, spot.urn) == (name, None) else []
            ours = [t for t in texts if isinstance(t, str) and t.startswith("scim-conformance")]
            if not ours or spot.leaf.get("type") not in (None, "string") or spot.sub:
                continue
            upper = f'{spot} eq "{ours[0].upper()}"'
            found = scim.get(scim.claims.path_of(name), filter=upper)
            if found.status == 200:  # what it filters by is the endpoint's choice
                ids = [str(node["id"]) for node in found.body.items_of("Resources")]
                wanted = [] if spot.leaf.get("caseExact") is True else [made.id]
                scim.require(ids == wanted, f"{upper} to find {wanted}", ids)


@check(
    "rfc7643/2.2/kept",
    SHOULD,
    "What a client may write is kept when it is sent in a creation.",
    catches=["creation-drops-attributes", "creation-drops-extensions", "creation-folds-texts"],
)
def kept(scim: Scim) -> None:
    """Endpoints are free to alter it (RFC 7644 §3.3); those that do should not advertise it."""
    for name in scim.claims.type_names:
        body = scim.fullest(name)
        shown = scim.read(scim.made(name, body)).body.value
        _must_have(scim, name, body, shown)


def _must_have(scim: Scim, name: str, body: Document, shown: Document) -> None:
    for spot in _spots(scim, "readWrite", "immutable"):
        sent = spot.find(body) if spot.type_name == name and spot.sub is None else []
        is_shown = spot.returned in ("default", "always") and sent
        if is_shown and not _equal(spot, spot.find(shown), sent):
            scim.require(False, f"{spot} to be {sent}", str(spot.find(shown)))


def _equal(spot: Spot, found: list[Any], sent: list[Any]) -> bool:
    kind = spot.leaf.get("type")
    if kind == "dateTime":  # the same moment may be written in other ways
        return len(found) == len(sent)
    if kind == "complex":
        return len(found) == len(sent) and all(_has(found, value, spot) for value in sent)
    return covers(found, sent)


def _has(found: list[Any], value: Document, spot: Spot) -> bool:
    """Whether one of the values has what was sent of it, times and hidden parts aside."""
    subs = {s.get("name"): s for s in spot.attribute.get("subAttributes") or ()}
    told = {
        k: v
        for k, v in value.items()
        if subs.get(k, {}).get("type") != "dateTime"
        and k not in ("formatted", "display")  # endpoints make these of the other parts
        and subs.get(k, {}).get("mutability") in (None, "readWrite", "immutable")
        and subs.get(k, {}).get("returned") in (None, "default", "always")
    }
    return any(covers(one, told) for one in found)


@check(
    "rfc7644/3.5.1/every-attribute",
    MUST,
    "Every value that a replacement gives is in the resource afterwards.",
    catches=["put-drops-attributes", "put-drops-extensions", "put-merges-lists"],
)
def every_attribute(scim: Scim) -> None:
    """Values of readWrite attributes SHALL replace those there; the schemas say which these are."""
    for name in scim.claims.type_names:
        made = scim.made(name, scim.fullest(name))
        body = scim.fullest(name) | _names(made)
        for spot in _spots(scim, "immutable"):  # these must be what they are
            if spot.type_name == name and spot.sub is None and spot.find(body):
                body = spot.put(body, _whole(spot, scim.read(made).body.value))
        answer = scim.put(made.path, body)
        answer.given.have_status(200)
        _must_have(scim, name, body, scim.read(made).body.value)


def _names(made: Resource) -> Document:
    known = made.answer.body.value
    return {k: known[k] for k in ("id", "userName", "displayName") if k in known}


def _whole(spot: Spot, shown: Document) -> Any:
    found = spot.find(shown)
    return found if spot.is_list else next(iter(found), None)
