"""What `[source]` says, one class a kind: plain values, with the defaults of the job file."""

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from provisioner.job.settings import JobError


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings(ABC):
    """What every kind of source has: `anchor` names the id of a record, which never changes."""

    kind: str
    anchor: str = "objectId"

    @property
    @abstractmethod
    def has_groups(self) -> bool:
        """Tell whether there are groups to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings(SourceSettings):
    """A source of one file for the people and one for the groups; paths are absolute."""

    users: Path
    groups: Path | None = None

    @property
    def has_groups(self) -> bool:
        """Tell whether there is a file of groups."""
        return self.groups is not None

    def file(self, kind: str) -> Path | None:
        """Return the file that holds a kind of object."""
        return self.users if kind == "users" else self.groups


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvSettings(FileSettings):
    """``kind = "csv"``."""

    kind: str = "csv"
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    list_columns: tuple[str, ...] = ("members", "proxyAddresses")
    list_separator: str = ";"


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLinesSettings(FileSettings):
    """``kind = "jsonl"``."""

    kind: str = "jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class LdifSettings(FileSettings):
    """``kind = "ldif"``; entries are chosen by their objectClass, so one file may hold both."""

    kind: str = "ldif"
    anchor: str = "entryUUID"
    user_classes: tuple[str, ...] = ("inetOrgPerson", "user")
    group_classes: tuple[str, ...] = ("groupOfNames", "groupOfUniqueNames", "group", "posixGroup")
    references: tuple[str, ...] = ("manager", "member", "uniqueMember", "secretary")


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSettings(SourceSettings):
    """``kind = "sql"``: queries, and the variable that holds the database's SQLAlchemy URL."""

    kind: str = "sql"
    url_env: str | None = None
    url: str | None = None
    users: str = ""
    groups: str | None = None
    members: str | None = None
    list_columns: tuple[str, ...] = ("proxyAddresses",)
    list_separator: str = ";"

    @property
    def has_groups(self) -> bool:
        """Tell whether there is a query for groups."""
        return self.groups is not None

    def address(self) -> str:
        """Return the database's URL.

        :raises JobError: when the variable that should hold it is not set.
        """
        if self.url is not None:
            return self.url
        address = os.environ.get(self.url_env or "", "").strip()
        if not address:
            raise JobError(
                [
                    f"source.url_env: the environment variable {self.url_env} is not set; put the "
                    "database's URL into it, such as postgresql+psycopg://user:password@host/hr"
                ]
            )
        return address


@dataclass(frozen=True, slots=True, kw_only=True)
class ScimSettings(SourceSettings):
    """``kind = "scim"``: another SCIM server; the token comes from a variable."""

    kind: str = "scim"
    anchor: str = "id"
    url: str = ""
    token_env: str = ""
    groups: bool = True
    page_size: int = 100
    timeout_seconds: float = 30.0

    @property
    def has_groups(self) -> bool:
        """Tell whether its groups are read."""
        return self.groups

    def token(self) -> str:
        """Read the bearer token from the variable that the job names.

        :raises JobError: when it is not set.
        """
        token = os.environ.get(self.token_env, "").strip()
        if not token:
            raise JobError(
                [
                    f"source.token_env: the environment variable {self.token_env} is not set; "
                    "put the bearer token of the source into it"
                ]
            )
        return token
