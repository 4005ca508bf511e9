"""What a target says that it can do (RFC 7643 §5, §7), asked when it is needed, and kept a day."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from provisioner.record import Kind
from provisioner.targets.learned import Learned
from provisioner.targets.trouble import TargetUnusable, trouble_of
from scim_client import (
    Busy,
    Clock,
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

_KEPT: Final = 24 * 3600.0  # seconds
_SAYS_NOTHING: Final = frozenset({404, 405, 501})


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
    learned: Learned
    clock: Clock
    asks: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: dict[str, dict[str, Any]] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    @property
    def config(self) -> Config:
        """What the /ServiceProviderConfig says.

        :raises TargetUnusable: when the target cannot be asked anything.
        """
        told = self._once("config", self._read_config)
        most = _part(told, "filter").get("maxResults")
        return Config(
            patch=_part(told, "patch").get("supported") is not False,
            filter=_part(told, "filter").get("supported") is not False,
            max_results=most if isinstance(most, int) and most > 0 else None,
        )

    def immutable(self, kind: Kind) -> frozenset[str]:
        """Return the paths that /Schemas says cannot be changed once they are set.

        :raises TargetUnusable: when the target cannot be asked anything.
        """
        return frozenset(self._once("schemas", self._read_schemas).get(kind, ()))

    def doubt(self) -> None:
        """Forget what earlier runs were told: the target has just refused a write."""
        with self._lock:
            for name in {"config", "schemas"} - self._asked:
                self._known.pop(name, None)
                self.learned.put(name, {})

    def _once(self, name: str, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        with self._lock:
            if name not in self._known:
                recalled = self._recalled(name)
                self._known[name] = self._ask(name, read) if recalled is None else recalled
            return self._known[name]

    def _recalled(self, name: str) -> dict[str, Any] | None:
        kept = self.learned.get(name)
        asked, told = kept.get("asked"), kept.get("told")
        if not self.asks or not isinstance(asked, (int, float)) or not isinstance(told, dict):
            return None
        return told if 0 <= self.clock.wall() - asked < _KEPT else None

    def _ask(self, name: str, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if not self.asks:
            return {}
        self._asked.add(name)
        told: dict[str, Any] = {}
        try:
            told = read()
        except (Busy, TokenRefused, Unreachable) as error:
            raise TargetUnusable(trouble_of(error)) from None
        except (NotScim, OutcomeUnknown, ScimError) as error:
            if getattr(error, "status", None) == 401:
                raise TargetUnusable(trouble_of(error)) from None
            log.debug("the target does not say what it can do: %s", error)
            if getattr(error, "status", None) not in _SAYS_NOTHING:
                return told  # It may be well again in the next run.
        self.learned.put(name, {"asked": self.clock.wall(), "told": told})
        return told

    def _read_config(self) -> dict[str, Any]:
        told = self.client.service_provider_config()
        return {name: _part(told, name) for name in ("patch", "filter")}

    def _read_schemas(self) -> dict[str, Any]:
        schemas = {str(each.get("id", "")).lower(): each for each in self.client.schemas()}
        found: dict[str, Any] = {}
        for kind, urn in _CORE.items():
            name = urn.rpartition(":")[2].lower()
            mine = [each for each in schemas.values() if _urn_of(each).lower().endswith(f":{name}")]
            found[kind] = sorted({path for each in mine for path in _immutable(each, urn)})
        return found


def _part(told: Mapping[str, Any], name: str) -> dict[str, Any]:
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
