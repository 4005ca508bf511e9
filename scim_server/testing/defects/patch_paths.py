"""Paths of a PATCH read wrongly (RFC 7644 §3.5.2, figure 7)."""

import re

from scim_server.testing.defects.mechanism import Breakage, Document, defect
from scim_server.testing.defects.patching import (
    FILTER,
    bending,
    chosen_by,
    dropping,
    forgiving,
    has_filter,
    path_of,
    paths,
    refusing,
    seeing,
)

CORE = "urn:ietf:params:scim:schemas:core:"


def _is_core(one: Document) -> bool:
    return path_of(one).lower().startswith(CORE)


def _in_filter(old: str, new: str) -> Breakage:
    return paths(lambda path: FILTER.sub(lambda found: found[0].replace(old, new), path))


def _filter_of(one: Document) -> str:
    found = FILTER.search(path_of(one))
    return found[0] if found else ""


def _literals(one: Document) -> list[str]:
    return re.findall(r'"((?:[^"\\]|\\.)*)"', _filter_of(one))


defect("patch-knows-no-core-urn", "patch", "A path that begins with the core URN is refused.")(
    refusing(_is_core)
)
defect("patch-ignores-core-urn", "patch", "A path that begins with the core URN is ignored.")(
    dropping(_is_core)
)
defect("patch-takes-urns-by-case", "patch", "URN:IETF: is not urn:ietf:.")(
    refusing(lambda one: path_of(one).startswith("URN:"))
)
defect("patch-takes-names-by-case", "patch", "Names in another case are not known.")(
    dropping(
        lambda one: (
            path_of(one).isupper()
            or ("path" not in one and any(name.isupper() for name in one.get("value") or ()))
        )
    )
)
defect(
    "patch-filter-takes-names-by-case", "patch", "Names in a path's filter are known in one case."
)(refusing(lambda one: re.search(r"\[[A-Z]| EQ ", path_of(one)), "invalidFilter"))
defect("patch-filter-compares-exactly", "patch", "A path's filter compares texts by case.")(
    refusing(lambda one: any(text.isupper() for text in _literals(one)), "noTarget")
)
for name, what, old, new in (
    ("ne-as-eq", "ne chooses what eq does", " ne ", " eq "),
    ("co-as-eq", "co chooses what eq does", " co ", " eq "),
    ("sw-as-co", "sw chooses what co does", " sw ", " co "),
    ("and-as-or", "and chooses what or does", " and ", " or "),
    ("or-as-and", "or chooses what and does", " or ", " and "),
    ("forgets-not", "not is passed over", "not (", "("),
    ("pr-chooses-nothing", "pr chooses nothing", " pr", ' eq "nothing"'),
):
    defect(f"patch-filter-{name}", "patch", f"In a path's filter {what}.")(_in_filter(old, new))
defect("patch-filter-stops-after-first", "patch", "A path's filter ends after one comparison.")(
    paths(
        lambda path: (
            FILTER.sub(
                lambda found: (
                    re.split(" and | or ", found[0].replace("(", "").replace(")", ""))[0].rstrip(
                        "]"
                    )
                    + "]"
                ),
                path,
            )
            if "not" not in path
            else path
        )
    )
)
defect("patch-filter-knows-type-alone", "patch", "A path's filter compares `type` alone.")(
    refusing(lambda one: "[value " in path_of(one), "invalidFilter")
)
defect("patch-filter-knows-no-boolean", "patch", "A path's filter compares texts alone.")(
    refusing(lambda one: "eq true" in path_of(one), "invalidFilter")
)
defect("patch-splits-literals", "patch", "A path is cut at dots and brackets inside quotes.")(
    refusing(lambda one: any(re.search(r"[.\[]", text) for text in _literals(one)))
)
defect("patch-reads-no-escapes", "patch", "An escaped quote ends the text in a path.")(
    refusing(lambda one: any("\\" in text for text in _literals(one)))
)


def _cut(one: Document) -> Document:
    value = one.get("value")
    cuts = has_filter(one) and isinstance(value, str)
    return one | {"value": str(value).split(" ")[0]} if cuts else one


defect("patch-drops-after-blank", "patch", "A value set by a filter is cut at its first blank.")(
    bending(_cut)
)
defect("patch-ignores-unknown-parts", "patch", "A path to an unknown part is a success.")(
    forgiving(lambda one: re.search(r"[.\[:]", path_of(one)), "invalidPath", "invalidFilter")
)
for op in ("add", "remove", "replace"):
    defect(f"patch-ignores-unknown-{op}", "patch", f"To {op} an unknown attribute is a success.")(
        forgiving(lambda one, op=op: one.get("op") == op, "invalidPath")  # type: ignore[misc]
    )
defect("patch-ignores-invalid-paths", "patch", "A path outside the grammar is a success.")(
    forgiving(lambda one: True, "invalidPath", "invalidFilter")
)
defect("patch-fails-on-invalid-paths", "patch", "A path outside the grammar is answered 500.")(
    refusing(lambda one: path_of(one)[-1:] in (".", "[") or path_of(one)[-3:] == " eq", status=500)
)
defect("patch-takes-any-path", "patch", "A path that is no text is passed over.")(
    dropping(lambda one: "path" in one and not isinstance(one["path"], str))
)
defect("patch-filters-single-values", "patch", "A filter on a single value is passed over.")(
    paths(lambda path: FILTER.sub("", path) if path.startswith("name[") else path)
)
defect("patch-knows-no-parts-of-extensions", "patch", "A part of an extension's value is unknown.")(
    refusing(lambda one: re.search(r":User:\w+\.\w+$", path_of(one)))
)
defect("patch-add-ignores-filters", "patch", "An add by a filter goes to all values.")(
    bending(
        lambda one: (
            one | {"path": FILTER.sub("", path_of(one))}
            if one.get("op") == "add" and has_filter(one)
            else one
        )
    )
)
defect("patch-refuses-add-by-filter", "patch", "An add by a filter is refused.")(
    refusing(lambda one: one.get("op") == "add" and has_filter(one))
)


def _first_match(one: Document, before: Document) -> Document:
    chosen = chosen_by(one, before) if has_filter(one) else []
    if len(chosen) < 2 or "value" not in chosen[0]:
        return one
    first = f'[value eq "{chosen[0]["value"]}"]'
    return one | {"path": FILTER.sub(lambda _: first, path_of(one))}


defect("patch-replaces-first-match-only", "patch", "Of several that match one is replaced.")(
    seeing(lambda one, was: _first_match(one, was) if one.get("op") == "replace" else one)
)
defect("patch-removes-first-match-only", "patch", "Of several that match one is removed.")(
    seeing(lambda one, was: _first_match(one, was) if one.get("op") == "remove" else one)
)
