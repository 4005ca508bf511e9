"""User names and passwords prepared as PRECIS asks (RFC 7644 §5), other secrets made unreadable.

Two user names are the same when the profile UsernameCaseMapped makes the same of them; that is
`Attribute.fold`, which filters, indexes and uniqueness go by. What is left is here: text that a
profile does not admit is refused by a strict server. One that is not strict stores it, as user
names with spaces and the like are in use; they are compared by the same folding.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from precis_i18n import get_profile
from precis_i18n.profile import Profile

from scim_protocol.definitions import PASSWORD, USERNAME, Attribute, ResourceModel
from scim_protocol.dialects import UNPREPARED, Noted, Spoken
from scim_protocol.errors import InvalidValue
from scim_protocol.resource import Resource
from scim_server.passwords import hashed
from scim_server.representation import is_secret

# RFC 7613, which RFC 7644 names, maps by case folding; RFC 8265 came later, and by lower case.
_PROFILES: Final[dict[str, Profile]] = {
    USERNAME: get_profile("UsernameCaseMapped:CaseFold"),
    PASSWORD: get_profile("OpaqueString"),
}


# Each of these characters is admitted by both profiles, wherever it stands.
_PLAIN: Final = re.compile(r"[\x21-\x7e]+")

# Members have a table of their own; of anything else a filter has to look at every value.
MOST_VALUES: Final = 1000


def prepare(
    resource: Resource,
    model: ResourceModel,
    before: Mapping[str, Any],
    *,
    noted: Noted,
    spoken: Spoken,
) -> None:
    """Make a resource that was checked ready to be stored.

    :param before: the resource as it is stored; what it has already is not looked at again.
    :raises InvalidValue: a list is too long; or a user name or password is not what its profile
        admits, and such text is not spoken.
    """
    for holder in (resource, *(resource.get(schema.id, {}) for schema in model.extensions)):
        for name, values in holder.items():
            if isinstance(values, list) and len(values) > MOST_VALUES:
                raise InvalidValue(
                    f"{name}: a list of more than {MOST_VALUES} values is not taken."
                )
    for attribute in _profiled(model):
        value = resource.get(attribute.name)
        if value is None or value == before.get(attribute.name):
            continue
        _admit(value, attribute, noted, spoken)
        if attribute.profile == PASSWORD:
            resource[attribute.name] = opaque(value)
    for urn, attribute, sub in _secrets_inside(model):
        holder = resource.get(urn) if urn else resource
        stored = before.get(urn, {}) if urn else before
        if holder and attribute.name in holder:
            known = set(_texts(stored.get(attribute.name), sub))
            holder[attribute.name] = _hidden(holder[attribute.name], sub, known)


def opaque(text: str) -> str:
    """Return a password in the form in which it is compared (RFC 7613 §4.2): of any text."""
    spaced = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)
    return unicodedata.normalize("NFC", spaced)


def _admit(value: str, attribute: Attribute, noted: Noted, spoken: Spoken) -> None:
    if _PLAIN.fullmatch(value):
        return
    try:
        _PROFILES[attribute.profile or ""].enforce(value)
    except UnicodeEncodeError as error:
        if UNPREPARED in spoken:
            noted.add(UNPREPARED)
            return
        why = error.reason.rpartition("/")[2].replace("_", " ")
        raise InvalidValue(
            f"{attribute.name} is not what the PRECIS profile {attribute.profile} admits: {why}."
        ) from None


@lru_cache(maxsize=256)
def _profiled(model: ResourceModel) -> list[Attribute]:
    return [attribute for attribute in model.core.attributes if attribute.profile]


# --- secrets that are not kept apart -----------------------------------------------------------

_Inside = tuple[str | None, Attribute, Attribute | None]


@lru_cache(maxsize=256)
def _secrets_inside(model: ResourceModel) -> list[_Inside]:
    """Return the secrets that stay in the document, as hashes: all but those of `secret_names`."""
    return list(_find_secrets(model))


def _find_secrets(model: ResourceModel) -> Iterator[_Inside]:
    for target in model.every_attribute():
        attribute = target.attribute
        if is_secret(attribute) and (target.urn or attribute.multi_valued):
            yield target.urn, attribute, None
        for sub in filter(is_secret, attribute.sub_attributes):
            yield target.urn, attribute, sub


def _hidden(value: Any, sub: Attribute | None, known: set[str]) -> Any:
    """Return a value with its texts hashed, but for those that are known hashes."""
    if isinstance(value, list):
        return [_hidden(one, sub, known) for one in value]
    if sub is None:
        return value if value in known else hashed(value)
    if sub.name not in value:
        return value
    return value | {sub.name: _hidden(value[sub.name], None, known)}


def _texts(value: Any, sub: Attribute | None) -> Iterable[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict) and sub is not None:
            yield from _texts(one.get(sub.name), None)
        elif isinstance(one, str):
            yield one
