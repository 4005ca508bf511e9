"""How an app wants to be spoken to, as plain values: what a profile's data file holds.

None stands for what the target says of itself in its /ServiceProviderConfig, or for the RFC's way
where it says nothing. What a profile does say is believed over the target's own word.
"""

from dataclasses import dataclass, field
from typing import Literal

from provisioner.record import Kind

Update = Literal["patch", "put", "none"]
Paths = Literal["full", "plain", "none"]
Deactivate = Literal["patch", "pathless", "put", "delete"]
Compare = Literal["schema", "exact", "ignore case", "trust"]
Style = Literal["filter", "list", "put"]
Mode = Literal["index", "cursor"]


@dataclass(frozen=True, slots=True)
class KindProfile:
    """How one kind of resource is written and found.

    `paths`: what the path of a PATCH operation may be: with a filter in it, plain, or left out.
    `filter_by`: the paths that a filter may name; `filter_names` what the app calls them there.
    """

    offered: bool = True
    create: bool = True
    update: Update | None = None
    paths: Paths = "full"
    max_operations: int | None = None
    deactivate: Deactivate | None = None
    deactivated: Literal["inactive", "gone"] = "inactive"
    required: tuple[str, ...] = ()
    immutable: tuple[str, ...] = ()
    strip: tuple[str, ...] = ()
    single_value: tuple[str, ...] = ()
    primary: tuple[str, ...] = ()
    filter: bool | None = None
    filter_by: tuple[str, ...] = ()
    filter_names: tuple[tuple[str, str], ...] = ()
    compare: Compare = "schema"
    unfilterable: str = ""


@dataclass(frozen=True, slots=True)
class MembersProfile:
    """How members of groups are written.

    `readable`: a group that is read shows all of them. None: one that shows none may hide them.
    """

    style: Style | None = None
    chunk: int = 100
    readable: bool | None = None


@dataclass(frozen=True, slots=True)
class PageProfile:
    """How lists are read, where the target cannot be asked for one object."""

    mode: Mode | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What the app publishes as a limit: so many requests in so many seconds, `burst` at once."""

    requests: int
    seconds: float = 1
    burst: int = 1
    methods: tuple[str, ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class RateProfile:
    """The app's limits, and the share of them that this job may use up."""

    share: float = 1
    limits: tuple[RateLimit, ...] = ()


@dataclass(frozen=True, slots=True)
class ConflictProfile:
    """What says that an object exists already, and by what else it is looked up then."""

    statuses: tuple[int, ...] = (409,)
    look_up: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """What a target needs beyond the RFC, or takes less of."""

    discovery: bool = True
    user_agent: str | None = None
    accept: str | None = None
    content_type: str | None = None
    settle_seconds: float = 0
    users: KindProfile = field(default_factory=KindProfile)
    groups: KindProfile = field(default_factory=KindProfile)
    members: MembersProfile = field(default_factory=MembersProfile)
    page: PageProfile = field(default_factory=PageProfile)
    rate: RateProfile = field(default_factory=RateProfile)
    conflict: ConflictProfile = field(default_factory=ConflictProfile)

    def kind(self, kind: Kind) -> KindProfile:
        """Return what it says of one kind of resource."""
        return self.users if kind == "users" else self.groups
