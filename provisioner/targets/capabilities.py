"""What a target says that it can do (RFC 7643 §5, §7), asked for once, when it is first needed."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from provisioner.record import Kind
from provisioner.targets.trouble import TargetUnusable, trouble_of
from scim_client import (
    Busy,
    NotScim,
    OutcomeUnknown,
    ScimClient,
    ScimError,
    TokenRefused,
    Unreachable,
)
from scim_protocol import urns

log = logging.getLogger("provisioner")

_CORE: Final[Mapping[Kind, str]] = {"users": urns.USER, "groups": urns.GROUP}


@dataclass(frozen=True, slots=True)
class Config:
    """What counts of a /ServiceProviderConfig; the defaults are those of a target without one."""

    patch: bool = True
    filter: bool = True
    max_results: int | None = None


@dataclass(frozen=True)
class Capabilities:
    """What a target offers. One that does not tell is taken for one that does what the RFC says."""

    client: ScimClient
    asks: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: dict[str, Any] = field(default_factory=dict)

    @property
    def config(self) -> Config:
        """What the /ServiceProviderConfig says.

        :raises TargetUnusable: when the target cannot be asked anything.
        """
        found: Config = self._once("config", lambda: self._ask(self._read_config, Config()))
        return found

    def immutable(self, kind: Kind) -> frozenset[str]:
        """Return the paths that /Schemas says cannot be changed once they are set.

        :raises TargetUnusable: when the target cannot be asked anything.
        """
        found: dict[str, frozenset[str]] = self._once(
            "schemas", lambda: self._ask(self._read_schemas, {})
        )
        return found.get(kind, frozenset())

    def _once(self, name: str, read: Callable[[], Any]) -> Any:
        with self._lock:
            if name not in self._known:
                self._known[name] = read()
            return self._known[name]

    def _ask(self, read: Callable[[], Any], default: Any) -> Any:
        if not self.asks:
            return default
        try:
            return read()
        except (Busy, TokenRefused, Unreachable) as error:
            raise TargetUnusable(trouble_of(error)) from None
        except (NotScim, OutcomeUnknown, ScimError) as error:
            if getattr(error, "status", None) == 401:
                raise TargetUnusable(trouble_of(error)) from None
            log.debug("the target does not say what it can do: %s", error)
            return default

    def _read_config(self) -> Config:
        told = self.client.service_provider_config()
        most = _part(told, "filter").get("maxResults")
        return Config(
            patch=_part(told, "patch").get("supported") is not False,
            filter=_part(told, "filter").get("supported") is not False,
            max_results=most if isinstance(most, int) and most > 0 else None,
        )

    def _read_schemas(self) -> dict[str, frozenset[str]]:
        schemas = {str(each.get("id", "")).lower(): each for each in self.client.schemas()}
        found = {}
        for kind, urn in _CORE.items():
            name = urn.rpartition(":")[2].lower()
            mine = [each for each in schemas.values() if _urn_of(each).lower().endswith(f":{name}")]
            found[str(kind)] = frozenset(path for each in mine for path in _immutable(each, urn))
        return found


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = told.get(name)
    return part if isinstance(part, dict) else {}


def _urn_of(schema: Mapping[str, Any]) -> str:
    return str(schema.get("id", ""))


def _immutable(schema: Mapping[str, Any], core: str) -> Iterator[str]:
    prefix = "" if _urn_of(schema).lower() == core.lower() else f"{_urn_of(schema)}:"
    for attribute in _attributes(schema.get("attributes")):
        name = f"{prefix}{attribute.get('name')}"
        if attribute.get("mutability") == "immutable":
            yield name
        elif attribute.get("multiValued") is not True:
            for sub in _attributes(attribute.get("subAttributes")):
                if sub.get("mutability") == "immutable":
                    yield f"{name}.{sub.get('name')}"


def _attributes(listed: object) -> list[dict[str, Any]]:
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
