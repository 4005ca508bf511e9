"""What an answer must not show when only some attributes were asked for (RFC 7644 §3.9)."""

from conformance.answer import Answer
from conformance.scim import Scim


def is_default(scim: Scim, type_name: str, path: str) -> bool:
    """Whether an attribute is shown unless something else is asked for, as the schema has it."""
    declared = scim.claims.attribute(type_name, path) or {}
    return bool(declared.get("returned", "default") == "default")


def must_lack(scim: Scim, answer: Answer, path: str) -> None:
    """Demand that an attribute is not shown, unless the schema has it returned always."""
    if not is_default(scim, "User", path):
        return
    name, _, sub = path.partition(".")
    if not sub:
        answer.must.lack(name)
        return
    found = answer.body.get(name)
    values = [] if found is None else found if isinstance(found.value, list) else [found]
    for value in values:
        value.must.lack(sub)
