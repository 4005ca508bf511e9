"""Where a value stands in a resource: `emails[type eq "work"].value`, and how it is put there.

    place = [URN ":"] attribute ["[" sub-attribute " eq " value "]"] ["." sub-attribute]

Only what is needed to write requirements and profiles; it is not the RFC's whole path.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]

_NAME = r"[A-Za-z$][\w$-]*"
_PLACE = re.compile(
    rf"(?:(?P<urn>urn:.+):)?(?P<attribute>{_NAME})"
    rf'(?:\[(?P<key>{_NAME}) eq (?P<value>"(?:[^"\\]|\\.)*"|true|false|-?\d+)\])?'
    rf"(?:\.(?P<leaf>{_NAME}))?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a resource."""

    attribute: str
    urn: str | None = None
    key: str | None = None
    value: Any = None
    leaf: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read a place.

        :raises ValueError: when the text is none.
        """
        found = _PLACE.fullmatch(text.strip())
        if found is None:
            raise ValueError(f'{text!r} is no place like title or emails[type eq "work"].value')
        value = None if found["value"] is None else json.loads(found["value"].lower())
        if found["value"] is not None and found["value"].startswith('"'):
            value = json.loads(found["value"])
        return cls(found["attribute"], found["urn"], found["key"], value, found["leaf"])

    @property
    def claim(self) -> str:
        """What has to be in the schema of a User for the place to be there: `emails.value`."""
        return self.attribute if self.leaf is None else f"{self.attribute}.{self.leaf}"

    def read(self, resource: Document) -> Any:
        """Return the value that stands there; None when there is none."""
        value = _member(
            resource if self.urn is None else _member(resource, self.urn), self.attribute
        )
        if self.key is not None:
            listed = value if isinstance(value, list) else []
            value = next((item for item in listed if _member(item, self.key) == self.value), None)
        return value if self.leaf is None else _member(value, self.leaf)

    def write(self, resource: Document, value: Any) -> None:
        """Put a value there, and whatever has to be around it."""
        holder = resource
        if self.urn is not None:
            schemas = resource.setdefault("schemas", [])
            if self.urn not in schemas:
                schemas.append(self.urn)
            holder = resource.setdefault(self.urn, {})
        if self.key is not None:
            holder = self._item(holder.setdefault(self.attribute, []))
        elif self.leaf is not None:
            holder = holder.setdefault(self.attribute, {})
        else:
            holder[self.attribute] = value
            return
        holder |= {self.leaf: value} if self.leaf is not None else value

    def _item(self, items: list[Document]) -> Document:
        found = next((item for item in items if _member(item, self.key or "") == self.value), None)
        if found is None:
            found = {self.key or "": self.value}
            items.append(found)
        return found


def _member(holder: object, name: str) -> Any:
    """Return a member, whatever the case of its name (RFC 7643 §2.1)."""
    if not isinstance(holder, dict):
        return None
    if name in holder:
        return holder[name]
    return next((value for key, value in holder.items() if key.lower() == name.lower()), None)
