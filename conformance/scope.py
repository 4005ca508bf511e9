"""What of an endpoint a run looks at, and what it gives it beyond the smallest resource."""

import threading
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Final

from conformance.claims import KNOWN_TYPES, Claims, Document
from conformance.material.cohort import Cohort
from conformance.material.samples import Names
from conformance.naming import nearest
from conformance.problems import CannotRun
from conformance.requirements import Requirements
from conformance.scim import Scim
from conformance.wire.endpoint import Endpoint


class ScopedClaims(Claims):
    """What the endpoint says of itself, without the resource types that are left out."""

    def __init__(self, endpoint: Endpoint, left_out: Iterable[str] = ()) -> None:
        super().__init__(endpoint)
        self._left_out: Final = {name.lower(): name for name in left_out}

    @cached_property
    def types(self) -> list[Document]:
        """The resource types that are looked at."""
        return [each for each in super().types if not self._is_left_out(each.get("name"))]

    def missing(self, need: str) -> str | None:
        """Say what is left out of this run, or what the endpoint does not claim."""
        name = need.partition(".")[0]
        if self._is_left_out(name):
            return f"{name} is left out of this run"
        return super().missing(need)

    def read(self) -> None:
        """Read the discovery documents, before many threads ask for them."""
        _ = self.config, self.types, self.schemas

    def leave_out(self) -> None:
        """Let nothing be sent to the resource types that are left out.

        :raises CannotRun: for a name that is none of them, with the nearest one that is.
        """
        paths = {name.lower(): path for name, (_, path) in KNOWN_TYPES.items()}
        names = dict.fromkeys(KNOWN_TYPES)
        for each in super().types:
            names[str(each.get("name"))] = None
            paths[str(each.get("name")).lower()] = str(each.get("endpoint"))
        for key, name in self._left_out.items():
            if key not in paths:
                hint = nearest(name, names)
                raise CannotRun(f"--leave-out {name}: there is no such resource type{hint}")
            self._endpoint.leave_out(paths[key], f"{name} is left out of this run")

    def _is_left_out(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._left_out


class SharedCohort(Cohort):
    """A cohort that is made once, however many threads want it."""

    def __init__(self, maker: Scim) -> None:
        super().__init__(maker)
        self._gate = threading.RLock()

    def make(self) -> None:
        """Create the users at the first call."""
        with self._gate:
            super().make()


class DemandingScim(Scim):
    """A check's view of an endpoint that demands more of a resource than its schemas say."""

    def __init__(
        self,
        endpoint: Endpoint,
        claims: Claims,
        names: Names,
        cohort: Cohort | None = None,
        *,
        requirements: Requirements,
    ) -> None:
        super().__init__(endpoint, claims, names, cohort)
        self._requirements = requirements

    def smallest_user(self, **more: Any) -> Document:
        """Return the least that this endpoint takes as a user, with more attributes if given."""
        user = super().smallest_user(**more)
        return self._requirements.fill("User", user, str(user.get("userName")))

    def smallest_group(self, **more: Any) -> Document:
        """Return the least that this endpoint takes as a group."""
        group = super().smallest_group(**more)
        return self._requirements.fill("Group", group, str(group.get("displayName")))

    def smallest(self, type_name: str) -> Document:
        """Return the least that this endpoint takes as a resource of any type."""
        resource = super().smallest(type_name)
        if type_name in KNOWN_TYPES:
            return resource
        return self._requirements.fill(type_name, resource, self.name())
