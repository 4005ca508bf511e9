"""Schemas and resource types of one's own: JSON documents joined with the standard ones.

A file holds one document, a list of them, or a saved answer of /Schemas or /ResourceTypes. Each is
checked by itself (`scim_protocol.documents`), then all of them as what would be served:

- a resource type document defines a type, or adds extensions to the type of its name;
- a schema that no resource type names extends the type that its URN ends in (`…:2.0:User`).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from scim_protocol.catalog import Catalog
from scim_protocol.definitions import Attribute, ResourceType, Schema, SchemaExtension
from scim_protocol.documents import DocumentError, Extending, doubts, read_document

Definition = Schema | ResourceType | Extending


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document is: a file, and the place in it if it holds several."""

    file: Path
    place: str = ""

    def below(self, place: str) -> str:
        """Return where a place of the document is in the file."""
        return f"{self.place}.{place}" if self.place and place else self.place or place


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a file: where in it, and what."""

    file: Path
    place: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.place}" if self.place else str(self.file)
        return f"{where}: {self.message}"


@dataclass
class Reading:
    """What a set of files defines: `catalog` is what is served with them, if nothing is wrong.

    `unused` are schemas that are well, but that no resource type of these files has a use for;
    `doubts` what documents say that does not hold.
    """

    catalog: Catalog
    faults: list[Fault] = field(default_factory=list)
    unused: list[Fault] = field(default_factory=list)
    doubts: list[Fault] = field(default_factory=list)
    defined: list[tuple[Path, Definition]] = field(default_factory=list)


def json_files(folder: Path) -> list[Path]:
    """Return the documents of a folder, in the order in which they are read.

    :raises OSError: it is no folder that can be read.
    """
    return sorted(file for file in folder.iterdir() if file.name.endswith(".json"))


def read_files(files: Iterable[Path]) -> Reading:
    """Read documents and join them with the standard schemas and resource types.

    :raises OSError: a file cannot be read.
    """
    joining = _Joining(Catalog.standard())
    for file in files:
        for source, document in _documents(file, joining):
            joining.take(source, document)
    return joining.joined()


# --- a file to documents -----------------------------------------------------------------------


def _documents(file: Path, joining: "_Joining") -> Iterator[tuple[Source, Any]]:
    text = file.read_bytes()
    try:
        document = json.loads(text.decode("utf-8-sig"), object_pairs_hook=_distinct)
    except RecursionError:
        joining.fault(Source(file), "", "is nested too deep.")
    except ValueError as error:
        joining.fault(Source(file), "", f"is not JSON: {error}.")
    else:
        yield from _pieces(file, document)


def _pieces(file: Path, document: Any) -> Iterator[tuple[Source, Any]]:
    listed = document.get("Resources") if isinstance(document, dict) else document
    if not isinstance(listed, list):
        yield Source(file), document
        return
    prefix = "Resources" if isinstance(document, dict) else ""
    for number, one in enumerate(listed):
        yield Source(file, f"{prefix}[{number}]"), one


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError(f"{name!r} is given twice in one object")
        members[name] = value
    return members


# --- documents to what is served ---------------------------------------------------------------


class _Joining:
    """Documents on their way into a catalog: first all are taken, then they are joined."""

    def __init__(self, standard: Catalog) -> None:
        self._standard = standard
        self._schemas = {schema.id.lower(): schema for schema in standard.schemas.values()}
        self._types = {name.lower(): model.type for name, model in standard.models.items()}
        self._sources: dict[str, Source] = {}  # of schemas by URN, of types by name
        self._extending: list[tuple[Source, str, Sequence[SchemaExtension]]] = []
        self._named: list[tuple[Source, str, str]] = []  # schemas, by resource types
        self._faulty: set[str] = set()  # what documents are of that could not be read
        self._reading = Reading(standard)

    def fault(self, source: Source, place: str, message: str) -> None:
        """Note something that is wrong."""
        self._reading.faults.append(Fault(source.file, source.below(place), message))

    def take(self, source: Source, document: Any) -> None:
        """Read a document and note what it defines."""
        if self._is_standard(document):
            return
        try:
            found = read_document(document)
        except DocumentError as error:
            for problem in error.problems:
                self.fault(source, problem.place, problem.message)
            if isinstance(document, dict):
                self._faulty.update(str(document.get(key)).lower() for key in ("id", "name"))
            return
        self._reading.defined.append((source.file, found))
        for doubt in doubts(document):
            fault = Fault(source.file, source.below(doubt.place), doubt.message)
            self._reading.doubts.append(fault)
        match found:
            case Schema():
                self._take_schema(source, found)
            case ResourceType():
                self._take_type(source, found)
            case Extending(name, extensions):
                listed = [SchemaExtension(urn, needed) for urn, needed in extensions.items()]
                self._take_extensions(source, name, listed)

    def joined(self) -> Reading:
        """Return what all the documents define together."""
        for source, name, extensions in self._extending:
            if name.lower() in self._types:
                self._extend(name.lower(), extensions)
            elif name.lower() not in self._faulty:
                nearest = _nearest(name, (kind.name for kind in self._types.values()))
                hint = nearest or " A new one needs `endpoint` and `schema`."
                self.fault(source, "name", f"there is no resource type {_quoted(name)}.{hint}")
        self._check_references()
        self._check_named()
        self._attach_others()
        if not self._reading.faults:
            self._reading.catalog = Catalog.of(self._schemas.values(), self._resolved())
        return self._reading

    def _is_standard(self, document: Any) -> bool:
        """Tell whether a document is a standard schema, as saved from some server's /Schemas."""
        urn = document.get("id") if isinstance(document, dict) else None
        known = self._standard.schemas.get(urn) if isinstance(urn, str) else None
        try:
            return known is not None and _same(known, Schema.from_json(document))
        except (AttributeError, KeyError, TypeError, ValueError):
            return False

    def _take_schema(self, source: Source, schema: Schema) -> None:
        key = schema.id.lower()
        if key not in self._schemas:
            self._schemas[key] = schema
            self._sources[key] = source
        elif not _same(self._schemas[key], schema):
            where = self._defined_in(key)
            own = "give this schema a URN of its own"
            self.fault(source, "id", f"{schema.id} is another schema already, {where}: {own}.")

    def _take_type(self, source: Source, kind: ResourceType) -> None:
        key = kind.name.lower()
        known = self._types.get(key)
        if known is None:
            self._types[key] = kind
            self._sources[key] = source
            self._check_new(source, kind)
            return
        if (known.endpoint, known.schema.lower()) != (kind.endpoint, kind.schema.lower()):
            where = f"{self._defined_in(key)}, at {known.endpoint} with {known.schema}"
            hint = "leave `endpoint` and `schema` out to extend it, or name yours otherwise"
            message = f"{_quoted(kind.name)} is a resource type already, {where}: {hint}."
            self.fault(source, "name", message)
            return
        self._take_extensions(source, kind.name, kind.extensions)

    def _take_extensions(
        self, source: Source, name: str, extensions: Sequence[SchemaExtension]
    ) -> None:
        self._extending.append((source, name, extensions))
        for number, one in enumerate(extensions):
            self._named.append((source, f"schemaExtensions[{number}].schema", one.schema))

    def _defined_in(self, key: str) -> str:
        return f"defined in {self._sources[key].file}" if key in self._sources else "a standard one"

    def _check_new(self, source: Source, kind: ResourceType) -> None:
        for other in self._types.values():
            if other is not kind and other.endpoint.lower() == kind.endpoint.lower():
                message = f"{kind.endpoint} is that of {_quoted(other.name)}: choose another."
                self.fault(source, "endpoint", message)
        self._named.append((source, "schema", kind.schema))
        for number, one in enumerate(kind.extensions):
            place = f"schemaExtensions[{number}].schema"
            self._named.append((source, place, one.schema))
            if one.schema.lower() == kind.schema.lower():
                self.fault(source, place, f"{one.schema} is the type's own schema already.")

    def _extend(self, key: str, extensions: Sequence[SchemaExtension]) -> None:
        """Add extensions to a type; one that it has already may become required."""
        merged = {one.schema.lower(): one for one in self._types[key].extensions}
        for one in extensions:
            before = merged.get(one.schema.lower(), one)
            needed = one.required or before.required
            merged[one.schema.lower()] = SchemaExtension(before.schema, needed)
        self._types[key] = replace(self._types[key], extensions=tuple(merged.values()))

    def _attach_others(self) -> None:
        """Let each schema that no type names extend the type that its URN ends in."""
        named = {urn.lower() for _, _, urn in self._named}
        for key, source in self._own_schemas():
            name = key.rpartition(":")[2]
            if key in named:
                continue
            if name in self._types:
                self._extend(name, [SchemaExtension(self._schemas[key].id)])
            else:
                message = _OF_NO_TYPE.format(self._schemas[key].id)
                self._reading.unused.append(Fault(source.file, source.below("id"), message))

    def _own_schemas(self) -> list[tuple[str, Source]]:
        return [(key, source) for key, source in self._sources.items() if key in self._schemas]

    def _check_named(self) -> None:
        for source, place, urn in self._named:
            if urn.lower() not in self._schemas and urn.lower() not in self._faulty:
                nearest = _nearest(urn, (schema.id for schema in self._schemas.values()))
                hint = nearest or " Add the document of that schema."
                self.fault(source, place, f"there is no schema {_quoted(urn)}.{hint}")

    def _check_references(self) -> None:
        """Refuse names of resource types in the wrong letter case: they would refer to nothing."""
        for urn, source in self._own_schemas():
            for place, attribute in _every_part(self._schemas[urn].attributes, "attributes"):
                for number, name in enumerate(attribute.reference_types):
                    meant = self._types.get(name.lower())
                    if meant is not None and meant.name != name:
                        where = f"{place}.referenceTypes[{number}]"
                        hint = f"did you mean {_quoted(meant.name)}?"
                        message = f"{_quoted(name)} is no resource type; {hint}"
                        self.fault(source, where, message)

    def _resolved(self) -> Iterator[ResourceType]:
        """Yield the types with the URNs of schemas in the letter case of the schemas."""
        for kind in self._types.values():
            yield replace(
                kind,
                schema=self._schemas[kind.schema.lower()].id,
                extensions=tuple(
                    replace(one, schema=self._schemas[one.schema.lower()].id)
                    for one in kind.extensions
                ),
            )


_OF_NO_TYPE: Final = (
    "{} is used by no resource type of these files: name it in the `schema` or the"
    " `schemaExtensions` of one, or let it end in the name of the type to extend, such as :User."
)


def _every_part(attributes: Iterable[Attribute], place: str) -> Iterator[tuple[str, Attribute]]:
    for number, attribute in enumerate(attributes):
        here = f"{place}[{number}]"
        yield here, attribute
        yield from _every_part(attribute.sub_attributes, f"{here}.subAttributes")


def _same(one: Schema, other: Schema) -> bool:
    """Tell whether two schemas define the same; what they say of it to people does not count."""
    return _told(one.to_json()["attributes"]) == _told(other.to_json()["attributes"])


def _told(attributes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {key: value for key, value in one.items() if key != "description"}
        | {"subAttributes": _told(one.get("subAttributes", ()))}
        for one in attributes
    ]


def _nearest(wrong: str, known: Iterable[str]) -> str:
    folded = {name.lower(): name for name in known}
    # URNs are alike in most of their letters: near is what differs in a few.
    close = get_close_matches(wrong.lower(), folded, n=1, cutoff=0.85 if ":" in wrong else 0.6)
    return f" Did you mean {_quoted(folded[close[0]])}?" if close else ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def summary(found: Definition) -> str:
    """Return a line on what a document defines."""
    match found:
        case Schema():
            return f"schema {found.id}, {len(found.attributes)} attributes"
        case ResourceType():
            return f"resource type {found.name} at {found.endpoint}"
        case Extending(name, extensions):
            return f"{', '.join(extensions)} as extensions of {name}"
