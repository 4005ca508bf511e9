"""Another SCIM server as the directory: its users and groups, page after page."""

from collections.abc import Iterator, Mapping
from typing import Any

from provisioner.job.settings import JobError
from provisioner.record import Kind, Record, SourceError, Value
from provisioner.sources.json_lines import plain
from provisioner.sources.seen import SeenAttributes
from provisioner.sources.settings import ScimSettings
from scim_client import Bearer, ClientError, Page, ScimClient, ScimError, UsageError


class ScimSource:
    """Reads the resources of a `[source]` with kind = "scim".

    Attributes have their SCIM names: `name.givenName`; `emails` for all addresses and `emails.work`
    for the first of a type; `urn:…:User:department` for those of an extension; `members` for the
    ids of members. `accountEnabled` is what the server calls `active`.
    """

    def __init__(
        self, settings: ScimSettings, needed: Mapping[Kind, frozenset[str]] | None = None
    ) -> None:
        self.settings = settings
        self.needed = needed or {}

    def columns(self, kind: Kind) -> None:
        """Return None: which attributes there are is known at the end of a read."""

    def fingerprint(self) -> str | None:
        """Return None: a SCIM server does not tell whether anything has changed."""

    def read(self, kind: Kind) -> Iterator[Record]:
        """Yield the records of one kind.

        The read is complete when as many different ids came as the server says there are.

        :raises SourceError: at the first thing that is wrong.
        """
        if kind == "groups" and not self.settings.groups:
            return
        seen = SeenAttributes(self.needed.get(kind, ()))
        try:
            with self._client() as client:
                for resource in self._resources(client, kind):
                    record = self._record(kind, resource)
                    seen.note(record.attributes)
                    yield record
        except UsageError as error:
            raise JobError([f"source.url: {error}"]) from None
        except (ClientError, ScimError) as error:
            raise SourceError(f"{self.settings.url}: {error}") from None
        seen.refuse_missing(self.settings.url)

    def _client(self) -> ScimClient:
        settings = self.settings
        auth = Bearer(settings.token())
        return ScimClient(settings.url, auth=auth, timeout=settings.timeout_seconds)

    def _resources(self, client: ScimClient, kind: Kind) -> Iterator[dict[str, Any]]:
        endpoint = client.users if kind == "users" else client.groups
        ids: set[str] = set()
        last: Page | None = None
        for page in endpoint.search(count=self.settings.page_size).pages():
            for resource in page.resources:
                identifier = resource.get("id")
                if identifier in ids:
                    raise SourceError(
                        f"{self.settings.url}: the list of {kind} has {identifier!r} twice: it "
                        "changed while it was read, or its pages overlap; read it again"
                    )
                ids.add(str(identifier))
                yield resource
            last = page
        if last is not None and last.total is not None and last.total != len(ids):
            raise SourceError(
                f"{self.settings.url}: says that there are {last.total} {kind}, and gave {len(ids)}"
            )

    def _record(self, kind: Kind, resource: Mapping[str, Any]) -> Record:
        attributes = dict(_attributes(resource))
        if kind == "users":
            attributes.setdefault("accountEnabled", attributes.get("active"))
        anchor = attributes.get(self.settings.anchor)
        where = f"{kind} {resource.get('id')}"
        if not isinstance(anchor, str):
            raise SourceError(
                f"{where}: has no {self.settings.anchor!r}, the unchangeable id that every "
                "resource needs (source.anchor)"
            )
        return Record(kind, anchor, attributes, where)


def _attributes(resource: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Value]]:
    for name, value in resource.items():
        if isinstance(value, Mapping):
            yield from _parts(name, value, prefix)
        elif isinstance(value, list):
            yield from _list(prefix + name, value)
        else:
            yield prefix + name, plain(value)


def _parts(name: str, value: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Value]]:
    """Yield the parts of a complex attribute, and the attributes of an extension."""
    if name.lower().startswith("urn:"):
        yield from _attributes(value, f"{name}:")
        return
    if "value" in value:  # a reference such as the manager: the attribute itself is the id
        yield prefix + name, plain(value["value"])
    yield from _attributes(value, f"{prefix}{name}.")


def _list(name: str, items: list[Any]) -> Iterator[tuple[str, Value]]:
    values = [each.get("value") if isinstance(each, Mapping) else each for each in items]
    yield name, [str(value) for value in values if value not in (None, "")] or None
    for item in reversed(items):  # of several of one type, the first is the one that counts
        if isinstance(item, Mapping) and isinstance(item.get("type"), str):
            yield f"{name}.{item['type']}", plain(item.get("value"))
