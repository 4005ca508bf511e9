"""RFC 7644 §3.9: asking for some attributes of an extension only."""

from conformance.check import MUST, SHOULD, check
from conformance.material.projection import must_lack
from conformance.scim import Resource, Scim
from scim_protocol.urns import ENTERPRISE_USER

EXTENDED = [
    "User",
    "User.displayName",
    "EnterpriseUser",
    "EnterpriseUser.department",
    "EnterpriseUser.employeeNumber",
]


@check(
    "rfc7644/3.9/extension",
    MUST,
    "`attributes` may name an attribute of an extension.",
    needs=EXTENDED,
    catches=["projection-extension-unknown", "projection-extension-comes-whole"],
)
def extension(scim: Scim) -> None:
    """By its qualified name; the rest stays out."""
    user = _extended(scim)
    answer = scim.get(user.path, attributes=f"{ENTERPRISE_USER}:department")

    answer.must.have_status(200)
    answer[ENTERPRISE_USER]["department"].must.equal("tools")
    answer[ENTERPRISE_USER].must.lack("employeeNumber")
    must_lack(scim, answer, "displayName")


@check(
    "rfc7644/3.9/whole-extension",
    SHOULD,
    "The URN of an extension alone names all of it.",
    needs=EXTENDED,
    catches=["projection-whole-extension-unknown", "projection-whole-extension-stays"],
)
def whole_extension(scim: Scim) -> None:
    """Its name in the resource is this URN; no sentence of the RFC says so: hence no MUST."""
    user = _extended(scim)
    chosen = scim.get(user.path, attributes=ENTERPRISE_USER)
    others = scim.get(user.path, excludedAttributes=ENTERPRISE_USER)
    for answer in (chosen, others):
        scim.skip_unless(answer.status != 400, "the endpoint refuses such a name")

    chosen[ENTERPRISE_USER].must.equal(scim.read(user)[ENTERPRISE_USER])
    must_lack(scim, chosen, "displayName")
    others.must.have("displayName", equal_to="ada")
    others.must.lack(ENTERPRISE_USER)


@check(
    "rfc7644/3.9/without-extension",
    MUST,
    "Attributes of an extension stay out unless they are named.",
    needs=EXTENDED,
    catches=["projection-extensions-always-come"],
)
def without_extension(scim: Scim) -> None:
    """They are no exception to `attributes`."""
    user = _extended(scim)
    answer = scim.get(user.path, attributes="displayName")

    answer.must.have_status(200)
    answer.must.have("displayName", equal_to="ada")
    answer.must.lack(ENTERPRISE_USER)


@check(
    "rfc7644/3.9/excluded-extension",
    MUST,
    "`excludedAttributes` takes nothing from an extension unless it names it.",
    needs=EXTENDED,
    catches=["projection-excluded-drops-extensions", "projection-excluded-part-drops-extension"],
)
def excluded_extension(scim: Scim) -> None:
    """To leave out displayName is not to leave out the department; and the reverse."""
    user = _extended(scim)
    core = scim.get(user.path, excludedAttributes="displayName")
    own = scim.get(user.path, excludedAttributes=f"{ENTERPRISE_USER}:department")

    core[ENTERPRISE_USER]["department"].must.equal("tools")
    must_lack(scim, core, "displayName")
    own.must.have("displayName", equal_to="ada")
    own[ENTERPRISE_USER]["employeeNumber"].must.equal("1001")
    own[ENTERPRISE_USER].must.lack("department")


def _extended(scim: Scim) -> Resource:
    more = {"department": "tools", "employeeNumber": "1001"}
    return scim.user_with(
        schemas=[*scim.smallest_user()["schemas"], ENTERPRISE_USER],
        displayName="ada",
        **{ENTERPRISE_USER: more},
    )
