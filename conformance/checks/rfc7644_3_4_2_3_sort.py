"""RFC 7644 §3.4.2.3: the order of results, tried on five users that the suite made."""

from conformance.check import MUST, check
from conformance.scim import Scim
from scim_protocol.urns import ENTERPRISE_USER, USER

SORTED = ["sort", "filter", "User"]
NICKNAMES = [*SORTED, "User.nickName"]
EMAILS = [*SORTED, "User.emails.value"]


@check(
    "rfc7644/3.4.2.3/ascending",
    MUST,
    "`sortBy` orders results.",
    needs=SORTED,
    catches=["sort-reversed"],
)
def ascending(scim: Scim) -> None:
    """With sortOrder=ascending the least value comes first."""
    scim.people.must_be_sorted("userName", sortOrder="ascending")


@check(
    "rfc7644/3.4.2.3/descending",
    MUST,
    "sortOrder=descending turns it round.",
    needs=SORTED,
    catches=["sort-ignored"],
)
def descending(scim: Scim) -> None:
    """The greatest value comes first."""
    scim.people.must_be_sorted("userName", descending=True, sortOrder="descending")


@check(
    "rfc7644/3.4.2.3/external-id",
    MUST,
    "Results are sorted by externalId.",
    needs=SORTED,
    catches=["sort-by-external-id-ignored"],
)
def external_id(scim: Scim) -> None:
    """It is an attribute of all resources, though no schema lists it."""
    for order in ("ascending", "descending"):
        scim.people.must_be_sorted("externalId", descending=order[0] == "d", sortOrder=order)


@check(
    "rfc7644/3.4.2.3/default",
    MUST,
    "Without sortOrder it is ascending.",
    needs=SORTED,
    catches=["sort-descending-by-default", "sort-many-ignored"],
)
def default(scim: Scim) -> None:
    """Tried on values in another order than that in which the users were made."""
    scim.people.must_be_sorted("userName")
    made = scim.people
    if made.document("a").get("emails"):
        made.must_be_sorted("emails.value")


@check(
    "rfc7644/3.4.2.3/values",
    MUST,
    "Results come in the order of the values, not in that of their making.",
    needs=[*SORTED, "User.title"],
    catches=[],
)
def values(scim: Scim) -> None:
    """ "head engineer" was made last, and comes between the others."""
    scim.people.must_be_sorted("title", sortOrder="ascending")
    scim.people.must_be_sorted("title", descending=True, sortOrder="descending")


@check(
    "rfc7644/3.4.2.3/case",
    MUST,
    "Texts are sorted without regard to case, unless they are case-exact.",
    needs=NICKNAMES,
    catches=["sort-by-code-point"],
)
def case(scim: Scim) -> None:
    """amber, Blue, coral: by code points Blue would be the first."""
    exact = scim.claims.case_exact("User", "nickName")
    scim.skip_unless(not exact, "the schema says that nickName is case-exact")

    scim.people.must_be_sorted("nickName", sortOrder="ascending")


@check(
    "rfc7644/3.4.2.3/case-user-name",
    MUST,
    "userName is sorted without regard to case, unless it is case-exact.",
    needs=SORTED,
    catches=["sort-user-names-by-code-point"],
)
def case_user_name(scim: Scim) -> None:
    """-a, -B, -c: by code points -B would be the first."""
    exact = scim.claims.case_exact("User", "userName")
    scim.skip_unless(not exact, "the schema says that userName is case-exact")
    name = scim.name()
    made = {scim.new_user(userName=f"{name}-{letter}").id: letter for letter in "caB"}

    _must_come_as(scim, name, made, "userName", ["a", "B", "c"])


@check(
    "rfc7644/3.4.2.3/hidden",
    MUST,
    "Results are sorted by what is not shown, too.",
    needs=[*SORTED, "User.title"],
    catches=["sort-by-what-is-shown-alone"],
)
def hidden(scim: Scim) -> None:
    """`attributes` says what comes back, not what the order looks at."""
    scim.people.must_be_sorted("title", sortOrder="ascending", attributes="userName")
    scim.people.must_be_sorted(
        "title", descending=True, sortOrder="descending", excludedAttributes="title"
    )


@check(
    "rfc7644/3.4.2.3/case-unicode",
    MUST,
    "Letters beyond ASCII have no case either.",
    needs=[*SORTED, "User.displayName"],
    catches=["sort-folds-ascii-alone"],
)
def case_unicode(scim: Scim) -> None:
    """éa, Éb, éc: the order is the same in every alphabet, but by code points É comes first."""
    exact = scim.claims.case_exact("User", "displayName")
    scim.skip_unless(not exact, "the schema says that displayName is case-exact")
    name = scim.name()
    made = {
        scim.user_with(userName=f"{name}-{at}", displayName=text).id: text
        for at, text in enumerate(("éc", "Éb", "éa"))
    }

    _must_come_as(scim, name, made, "displayName", ["éa", "Éb", "éc"])


@check(
    "rfc7644/3.4.2.3/missing-last",
    MUST,
    "What has no value comes last when ascending.",
    needs=NICKNAMES,
    catches=["sort-only-user-name"],
)
def missing_last(scim: Scim) -> None:
    """Databases put it first as often as not, and some endpoints leave it out."""
    scim.people.must_be_sorted("displayName", sortOrder="ascending")
    scim.people.must_be_sorted("nickName", sortOrder="ascending")


@check(
    "rfc7644/3.4.2.3/missing-first",
    MUST,
    "What has no value comes first when descending.",
    needs=NICKNAMES,
    catches=["sort-missing-last"],
)
def missing_first(scim: Scim) -> None:
    """To turn the order round turns all of it round."""
    scim.people.must_be_sorted("nickName", descending=True, sortOrder="descending")


@check(
    "rfc7644/3.4.2.3/sub-attribute",
    MUST,
    "Results are sorted by a part of a complex attribute.",
    needs=[*SORTED, "User.name.familyName", "User.name.givenName"],
    catches=["sort-by-another-part", "sort-parts-ignored"],
)
def sub_attribute(scim: Scim) -> None:
    """Family name and given name give different orders."""
    for path in ("name.familyName", "name.givenName"):
        scim.people.must_be_sorted(path, sortOrder="ascending")
        scim.people.must_be_sorted(path, descending=True, sortOrder="descending")


@check(
    "rfc7644/3.4.2.3/primary",
    MUST,
    "By a multi-valued attribute results are sorted by its primary value, or else its first.",
    needs=[*EMAILS, "User.emails.primary"],
    catches=["sort-by-first-value", "sort-by-least-value"],
)
def primary(scim: Scim) -> None:
    """Neither the first value nor the least one counts where another is primary."""
    scim.people.must_be_sorted("emails.value", sortOrder="ascending")


@check(
    "rfc7644/3.4.2.3/primary-descending",
    MUST,
    "So they are when descending.",
    needs=[*EMAILS, "User.emails.primary"],
    catches=["sort-by-last-value"],
)
def primary_descending(scim: Scim) -> None:
    """The primary value stays the one that counts; who has none comes first."""
    scim.people.must_be_sorted("emails.value", descending=True, sortOrder="descending")


@check(
    "rfc7644/3.4.2.3/dates",
    MUST,
    "Dates are sorted in time.",
    needs=SORTED,
    catches=["sort-dates-ignored", "sort-order-ignored"],
)
def dates(scim: Scim) -> None:
    """The newest last, or first."""
    scim.people.must_be_sorted("meta.created", sortOrder="ascending")
    scim.people.must_be_sorted("meta.created", descending=True, sortOrder="descending")


@check(
    "rfc7644/3.4.2.3/names",
    MUST,
    "`sortBy` may be written in any case, and with the URN of the schema.",
    needs=[*SORTED, "User.title"],
    catches=["sort-missing-first", "sort-names-are-case-sensitive", "sort-urn-ignored"],
)
def names(scim: Scim) -> None:
    """It is in attribute notation like every other name (§3.10)."""
    titles = _titles(scim, sortBy="title")
    for name in ("TITLE", f"{USER}:title"):
        found = _titles(scim, sortBy=name)
        scim.require(found == titles, f"sortBy={name} to give {titles}", found)


@check(
    "rfc7644/3.4.2.3/unknown",
    MUST,
    "To sort by what nobody has loses nobody.",
    needs=SORTED,
    catches=["sort-by-the-unknown-is-500", "sort-by-the-unknown-finds-nobody"],
)
def unknown(scim: Scim) -> None:
    """What has no value is last, not left out; an endpoint may refuse a name that it lacks."""
    answer = scim.people.listed(sortBy="noSuchAttribute")
    if answer.status != 400:
        answer.must.be_list()
        answer.must.have("totalResults", equal_to=scim.people.number)


@check(
    "rfc7644/3.4.2.3/extension",
    MUST,
    "Results are sorted by an attribute of an extension.",
    needs=[*SORTED, "EnterpriseUser", "EnterpriseUser.department"],
    catches=["sort-extension-ignored", "sort-missing-left-out"],
)
def extension(scim: Scim) -> None:
    """It is named with the extension's URN."""
    path = f"{ENTERPRISE_USER}:department"
    people = scim.people
    kept = people.document("b").get(ENTERPRISE_USER, {}).get("department")
    scim.skip_unless(kept == "sales", "prerequisite: the endpoint keeps no department")
    order = people.letters_in_order(people.ids(sortBy=path, sortOrder="ascending"))

    scim.require(order.startswith("ba"), "-b (sales), -a (tools), then those without", order)


@check(
    "rfc7644/3.4.2.3/pages",
    MUST,
    "The whole result is sorted, not each page.",
    needs=[*SORTED, "User.title", "index"],
    catches=["filter-ignored-with-sort", "sort-after-paging"],
)
def pages(scim: Scim) -> None:
    """Page by page the order is that of the whole, and nobody comes twice: also among equals."""
    scim.people.must_be_sorted("title", sortOrder="ascending", count="2")
    scim.people.must_be_sorted("title", descending=True, sortOrder="descending", count="2")
    scim.people.must_be_sorted("title", sortOrder="ascending", count="1")


@check(
    "rfc7644/3.4.2.3/groups",
    MUST,
    "Groups are sorted by the same rules.",
    needs=["sort", "filter", "Group"],
    catches=["sort-groups-ignored"],
)
def groups(scim: Scim) -> None:
    """By displayName, up and down."""
    name = scim.name()
    made = [scim.new_group(displayName=f"{name}-{letter}") for letter in "bca"]
    query = f'displayName sw "{name}"'
    scim.skip_unless(
        scim.get(scim.groups, filter=query).status not in (400, 501),
        "the endpoint refuses the filter that finds the groups",
    )
    for order, wanted in (("ascending", (2, 0, 1)), ("descending", (1, 0, 2))):
        answer = scim.matches(scim.groups, filter=query, sortBy="displayName", sortOrder=order)
        found = [str(node["displayName"])[-1] for node in answer]
        expected = [str(made[place]["displayName"])[-1] for place in wanted]
        scim.require(found == expected, f"the groups {expected} {order}", found)


def _must_come_as(
    scim: Scim, name: str, made: dict[str, str], path: str, wanted: list[str]
) -> None:
    """Demand that users whose names begin so come in an order."""
    query = f'userName sw "{name}"'
    refused = scim.get(scim.users, filter=query, sortBy=path).status in (400, 501)
    scim.skip_unless(not refused, "the endpoint refuses the filter, or the order")
    found = scim.matches(scim.users, filter=query, sortBy=path, sortOrder="ascending")

    order = [made.get(str(node["id"])) for node in found]
    scim.require(order == wanted, f"the order {', '.join(wanted)}", order)


def _titles(scim: Scim, **query: str) -> list[object]:
    people = scim.people
    by_id = {people[letter].id: people.document(letter).get("title") for letter in "abcde"}
    return [by_id.get(id) for id in people.ids(**query)]
