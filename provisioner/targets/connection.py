"""The way to a target: its client, its profile, and a first question that shows it is one."""

import uuid
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from provisioner.job import Job, JobError
from provisioner.places import Places
from provisioner.record import Kind
from provisioner.targets import Profile, load_profile
from provisioner.targets.trouble import (
    INCOMPATIBLE,
    RequestFailed,
    TargetUnusable,
    Trouble,
    trouble_of_question,
)
from scim_client import Bearer, Endpoint, ScimClient, UsageError


@dataclass(frozen=True)
class Target:
    """A SCIM endpoint with its profile; safe to share between threads."""

    client: ScimClient
    profile: Profile

    @classmethod
    def connect(cls, job: Job) -> Self:
        """Make ready to talk to the job's target; sends nothing.

        :raises JobError: when the token is missing, or the URL or the profile is not valid.
        """
        settings = job.target
        try:
            client = ScimClient(
                settings.url,
                auth=Bearer(settings.token()),
                timeout=settings.timeout_seconds,
                requests_per_second=settings.requests_per_second,
            )
        except UsageError as error:
            raise JobError([f"{job.path.name}: target.url: {error}"]) from None
        return cls(client, load_profile(settings.profile))

    def endpoint(self, kind: Kind) -> Endpoint:
        """Return the endpoint of a kind of object."""
        return self.client.users if kind == "users" else self.client.groups

    def probe(self, kind: Kind, match: str, places: Places) -> None:
        """Ask for an object that cannot exist: shows address, credentials and filter at once.

        :raises TargetUnusable: when the answer is not an empty list.
        """
        question = places.at(match).equals(str(uuid.uuid4()))
        try:
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
