"""What a variant is, and the table of them that the modules of this package fill."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Told, telling


@dataclass(frozen=True, slots=True)
class Variant:
    """A choice that the RFCs leave: its name, the section that leaves it, what is chosen.

    `choice` stands between a client and the server, as a defect's breakage does.
    """

    name: str
    section: str
    what: str
    choice: Breakage


class UnknownVariant(LookupError):
    """No variant has that name."""


_registry: dict[str, Variant] = {}


def variant(name: str, section: str, what: str) -> Callable[[Breakage], Breakage]:
    """Register a choice under a name.

    :param section: the one that leaves the choice: "RFC 7644 §3.5.2".
    :param what: what this server does, in one sentence.
    """

    def register(choice: Breakage) -> Breakage:
        if name in _registry:
            raise ValueError(f"two variants are called {name}")
        _registry[name] = Variant(name, section, what, choice)
        return choice

    return register


def registered() -> Mapping[str, Variant]:
    """Return the variants that have been registered so far."""
    return _registry


# --- the frequent sorts -------------------------------------------------------------------------


def editing(change: Callable[[Document], object], **which: str) -> Breakage:
    """Edit the JSON objects among the answers of a method and path, in place."""

    def edit(asked: Asked, told: Told) -> None:
        if told.ok and (document := told.document):
            change(document)
            told.json = document

    return telling(edit, **which)  # type: ignore[arg-type]


def claiming(feature: str, **said: object) -> Breakage:
    """Say other things of a feature in the ServiceProviderConfig."""
    return editing(
        lambda document: document.get(feature, {}).update(said),
        method="GET",
        path="/ServiceProviderConfig",
    )


def without_parameters(*names: str) -> Breakage:
    """Read queries as if these parameters were not there; in the body of a search, too."""

    def choice(asked: Asked, server: Callable[[Asked], Told]) -> Told:
        asked.query = {n: v for n, v in asked.query.items() if n not in names}
        if asked.path.endswith("/.search") and isinstance(asked.json, dict):
            asked.json = {n: v for n, v in asked.json.items() if n not in names}
        return server(asked)

    return choice


def refusing(
    status: int, scim_type: str | None, when: Callable[[Asked], bool], detail: str = "Not here."
) -> Breakage:
    """Refuse some requests with a SCIM error."""

    def choice(asked: Asked, server: Callable[[Asked], Told]) -> Told:
        return Told.error(status, scim_type, detail) if when(asked) else server(asked)

    return choice
