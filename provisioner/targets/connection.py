"""The way to a target: its client, its profile, and a first question that shows it is one."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Literal, Self

from provisioner.job import Job, JobError
from provisioner.job.settings import TargetSettings
from provisioner.language.places import Place, Places
from provisioner.record import Kind
from provisioner.targets import Profile, load_profile
from provisioner.targets.capabilities import Capabilities
from provisioner.targets.learned import Learned
from provisioner.targets.paths import covered
from provisioner.targets.profile import Deactivate
from provisioner.targets.refusals import RefusalsSeen
from provisioner.targets.trouble import (
    INCOMPATIBLE,
    RequestFailed,
    TargetUnusable,
    Trouble,
    trouble_of_question,
)
from scim_client import Bearer, Clock, Endpoint, Limit, Results, ScimClient, UsageError

_PAGE: Final = 100
_MEMBERS: Final = 20_000  # so many on a page of groups, more or less


@dataclass(frozen=True)
class Target:
    """A SCIM endpoint with its profile; safe to share between threads."""

    client: ScimClient
    profile: Profile
    capabilities: Capabilities
    learned: Learned
    clock: Clock

    @classmethod
    def connect(cls, job: Job) -> Self:
        """Make ready to talk to the job's target; sends nothing.

        :raises JobError: when the token is missing, or the URL or the profile is not valid.
        """
        settings, clock = job.target, Clock()
        profile = load_profile(settings.profile, settings.quirks)
        try:
            client = RefusalsSeen(
                settings.url,
                auth=Bearer(settings.token()),
                timeout=settings.timeout_seconds,
                requests_per_second=settings.requests_per_second,
                limits=_limits(profile, settings),
                share=profile.rate.share,
                headers=_headers(profile),
                clock=clock,
            )
        except UsageError as error:
            raise JobError([f"{job.path.name}: target.url: {error}"]) from None
        learned = Learned(_way_to(settings))
        capabilities = Capabilities(client, learned, clock, profile.discovery)
        client.on_refusal = capabilities.doubt
        learned.follow("rate", lambda: _rate_shown(client), lambda known: _keep_to(client, known))
        return cls(client, profile, capabilities, learned, clock)

    def endpoint(self, kind: Kind) -> Endpoint:
        """Return the endpoint of a kind of object."""
        return self.client.users if kind == "users" else self.client.groups

    # What it takes -----------------------------------------------------------------------------

    def update_verb(self, kind: Kind) -> Literal["patch", "put", "none"]:
        """Return how a resource is changed."""
        return self.profile.kind(kind).update or (
            "patch" if self.capabilities.config.patch else "put"
        )

    def deactivate_verb(self, kind: Kind) -> Deactivate:
        """Return how an account is disabled."""
        named = self.profile.kind(kind).deactivate
        if named is not None:
            return named
        return "put" if self.update_verb(kind) == "put" else "patch"

    def member_style(self) -> Literal["filter", "list", "put"]:
        """Return how members are taken out of a group."""
        named = self.profile.members.style
        return named or ("put" if self.update_verb("groups") == "put" else "filter")

    def is_immutable(self, kind: Kind, path: str) -> bool:
        """Tell whether the target refuses, or ignores, a change of what is at a path."""
        profile = self.profile.kind(kind)
        if profile.update == "none" and path != "active":
            return True
        if covered(profile.immutable, path):
            return True
        return covered(self.capabilities.immutable(kind), path)

    # How it is asked ---------------------------------------------------------------------------

    def can_filter(self, kind: Kind, path: str, value: str) -> bool:
        """Tell whether the target can be asked for one object; if not, its list is read."""
        profile = self.profile.kind(kind)
        if set(profile.unfilterable) & set(value):
            return False
        if profile.filter is not None or profile.filter_by:
            return profile.filter is not False
        return self.capabilities.config.filter

    def question(self, kind: Kind, place: Place, value: str) -> str:
        """Return the filter that finds a value, with the name that the target has for the path."""
        for path, name in self.profile.kind(kind).filter_names:
            if path.lower() == place.target.text.lower():
                return place.equals(value, name)
        return place.equals(value)

    def listing(self, kind: Kind, members: float = 0) -> Results:
        """Return everything of a kind, page after page.

        :param members: show the members of groups, about so many of each: on shorter pages.
        """
        page = self.profile.page
        size = page.size or min(self.capabilities.config.max_results or _PAGE, _PAGE)
        if members:
            size = max(1, min(size, int(_MEMBERS / members)))
        return self.endpoint(kind).search(
            excluded_attributes=None if members else unread(kind),
            count=size,
            cursor=page.mode == "cursor",
        )

    def probe(self, kind: Kind, match: str, places: Places) -> None:
        """Ask for an object that cannot exist: shows address, credentials and filter at once.

        :raises TargetUnusable: when the answer is not an empty list.
        """
        nobody = str(uuid.uuid4())
        try:
            if not self.can_filter(kind, match, nobody):
                self.listing(kind).first_page()
                return
            question = self.question(kind, places.at(match), nobody)
            search = self.endpoint(kind).search(question, excluded_attributes=unread(kind))
            page = search.first_page()
        except RequestFailed as error:
            raise TargetUnusable(trouble_of_question(error)) from None
        if page.resources or page.total:
            raise TargetUnusable(_finds_anything(match))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()


def _way_to(settings: TargetSettings) -> str:
    """Name the address and all that decides how it is spoken to."""
    way = [settings.url.rstrip("/"), settings.profile, settings.quirks]
    return json.dumps(way, sort_keys=True, default=str)


def _limits(profile: Profile, settings: TargetSettings) -> Sequence[Limit]:
    """Return the app's published limits; a rate that the job names takes their place."""
    if settings.requests_per_second is not None:
        return ()
    return [
        Limit(
            each.requests,
            each.seconds,
            each.burst,
            frozenset(each.methods),
            each.path,
            profile.rate.share,
        )
        for each in profile.rate.limits
    ]


def _rate_shown(client: ScimClient) -> dict[str, Any]:
    rate = client.pace.shown_rate
    return {} if rate is None else {"per_second": round(rate, 3)}


def _keep_to(client: ScimClient, known: Mapping[str, Any]) -> None:
    rate = known.get("per_second")
    if isinstance(rate, int | float) and rate > 0:
        client.pace.shown_rate = rate


def _headers(profile: Profile) -> Mapping[str, str]:
    named = {
        "User-Agent": profile.user_agent,
        "Accept": profile.accept,
        "Content-Type": profile.content_type,
    }
    return {name: value for name, value in named.items() if value is not None}


def _finds_anything(match: str) -> Trouble:
    return Trouble(
        INCOMPATIBLE,
        f"Asked for {match} with a value that nobody can have, the target found somebody.",
        "It does not filter by this attribute, or its answers are no lists of SCIM: match by "
        "another one, or report this to the maker of the target.",
        fatal=True,
    )


def unread(kind: Kind) -> str | None:
    """Return what is never asked for: a group may have a hundred thousand members."""
    return "members" if kind == "groups" else None
