"""What checks of authentication share (RFC 7644 §2)."""

from conformance.answer import Answer
from conformance.claims import Document
from conformance.scim import Scim
from scim_protocol.urns import BULK, ME, SEARCH


def closed(scim: Scim) -> None:
    """Skip where an endpoint says that it asks nobody for credentials."""
    scim.skip_unless(scim.endpoint.authenticates, "the run has no token: the endpoint may be open")
    schemes = (scim.claims.config or {}).get("authenticationSchemes")
    scim.skip_unless(schemes != [], "ServiceProviderConfig lists no authentication scheme")


def refused(scim: Scim, method: str, path: str, body: object, header: str | None = None) -> Answer:
    """Demand 401; or the refusal that whoever has credentials gets, too: it tells nothing."""
    answer = scim.send(method, path, body=body, authorization=header)
    if answer.status == 501:
        return answer  # there is no such thing, for nobody
    if answer.status != 401 and 400 <= answer.status < 500:
        allowed = scim.send(method, path, body=body)
        scim.require(allowed.status == answer.status, "status 401", answer.summary)
    else:
        answer.must.have_status(401)
    return answer


def guarded(scim: Scim) -> list[tuple[str, str, Document | None]]:
    """Return requests of all sorts that nobody may make without credentials; they make nothing."""
    nobody = f"{scim.users}/{scim.name()}"
    reading = [scim.users, nobody, scim.groups, ME]
    return [
        *(("GET", path, None) for path in reading),
        *(("POST", path, {}) for path in (scim.users, f"{scim.users}{SEARCH}", scim.groups, BULK)),
        *((method, nobody, {}) for method in ("PUT", "PATCH")),
        ("DELETE", nobody, None),
    ]
