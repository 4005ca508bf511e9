"""What a PATCH adds, removes and replaces wrongly (RFC 7644 §3.5.2.1 to §3.5.2.3)."""

from typing import Any

from scim_server.testing.defects.mechanism import (
    Asked,
    Document,
    Server,
    Told,
    defect,
    replacing,
)
from scim_server.testing.defects.patching import (
    FILTER,
    attribute_of,
    bending,
    bending_all,
    chosen_by,
    dropping,
    forgiving,
    has_filter,
    is_op,
    patched,
    path_of,
    refusing,
    seeing,
    values_at,
    without_path,
)

# --- add ---------------------------------------------------------------------------------------


def _first_only(one: Document) -> Document:
    value = one.get("value")
    return one | {"value": value[:1]} if is_op("add", one) and isinstance(value, list) else one


defect("patch-adds-first-value-only", "patch", "Of several values the first is added.")(
    bending(lambda one: _first_only(one) if path_of(one) != "members" else one)
)
defect("patch-adds-first-member-only", "patch", "Of several members the first is added.")(
    bending(lambda one: _first_only(one) if path_of(one) == "members" else one)
)
defect("patch-adds-to-present-lists-only", "patch", "A list without values gets none.")(
    seeing(
        lambda one, was: (
            None
            if isinstance(one.get("value"), list)
            and path_of(one) == "emails"
            and "emails" not in was
            else one
        )
    )
)


def _double(original: Any) -> Any:
    def broken(holder: Document, attribute: Any, value: Any, *rest: Any, **named: Any) -> None:
        before = list(holder.get(attribute.name) or []) if attribute.multi_valued else []
        original(holder, attribute, value, *rest, **named)
        if named.get("adding") and before and len(holder[attribute.name]) == len(before):
            holder[attribute.name] = [*before, *(value if isinstance(value, list) else [value])]

    return broken


defect("patch-adds-duplicates", "patch", "A value that is there already is added again.")(
    replacing("scim_protocol.patch:assign", _double)
)
defect("patch-adds-no-complex-values", "patch", "An add to a complex attribute has no effect.")(
    dropping(lambda one: is_op("add", one) and path_of(one) == "name")
)
defect("patch-needs-the-parent", "patch", "A part is refused where the whole has no value.")(
    lambda asked, server: refusing(
        lambda one: (
            "." in path_of(one)
            and path_of(one).startswith("name")
            and "name" not in asked.read(server)
        ),
        "noTarget",
    )(asked, server)
)
defect("patch-add-without-path-replaces-members", "patch", "Without path an add replaces members.")(
    bending(
        lambda one: (
            one | {"op": "replace"} if without_path(one) and "members" in one["value"] else one
        )
    )
)


def _stripped_down(before: Document, after: Document, given: list[Any]) -> Document:
    if not any(one.op == "add" and one.path == "emails" for one in given):
        return after
    old = before.get("emails", [])
    emails = [{"value": one["value"]} if one in old else one for one in after.get("emails", [])]
    return after | {"emails": emails}


defect("patch-add-strips-values", "patch", "An add to a list strips the others to their value.")(
    patched(_stripped_down)
)

# --- remove ------------------------------------------------------------------------------------

defect("patch-removes-whole-complex", "patch", "To remove a part removes the whole.")(
    bending(
        lambda one: (
            one | {"path": "name"}
            if is_op("remove", one) and path_of(one).startswith("name.")
            else one
        )
    )
)
defect("patch-keeps-complex", "patch", "The removal of a complex attribute has no effect.")(
    dropping(lambda one: is_op("remove", one) and path_of(one) == "name")
)


def _bend_removal(change: Any) -> Any:
    return bending(lambda one: change(one) if is_op("remove", one) and has_filter(one) else one)


defect("patch-removes-value-for-part", "patch", "To remove a part of a value removes the value.")(
    _bend_removal(lambda one: one | {"path": path_of(one).rpartition("]")[0] + "]"})
)
defect("patch-removes-part-everywhere", "patch", "A removal by a filter forgets the filter.")(
    _bend_removal(lambda one: one | {"path": FILTER.sub("", path_of(one))})
)
defect("patch-keeps-the-last-value", "patch", "The last value of a list cannot be removed.")(
    seeing(lambda one, was: None if is_op("remove", one) and len(values_at(one, was)) == 1 else one)
)


def _unmatched(one: Document, before: Document) -> bool:
    return is_op("remove", one) and has_filter(one) and not chosen_by(one, before)


defect("patch-removes-all-without-match", "patch", "A removal that matches nothing removes all.")(
    seeing(
        lambda one, was: (
            one | {"path": "emails"}
            if _unmatched(one, was) and attribute_of(one) == "emails"
            else one
        )
    )
)
defect("patch-removes-first-without-match", "patch", "One that matches nothing takes the first.")(
    seeing(
        lambda one, was: (
            one | {"path": f'emails[value eq "{was["emails"][0]["value"]}"]'}
            if _unmatched(one, was) and was.get("emails")
            else one
        )
    )
)
defect(
    "patch-removes-all-members-without-match", "patch", "To remove a stranger empties the group."
)(
    seeing(
        lambda one, was: (
            one | {"path": "members"}
            if _unmatched(one, was) and attribute_of(one) == "members"
            else one
        )
    )
)


def _of_its_type(one: Document, before: Document) -> Document:
    chosen = chosen_by(one, before) if is_op("remove", one) and has_filter(one) else []
    if attribute_of(one) != "emails" or not chosen:
        return one
    return one | {"path": f'emails[type eq "{chosen[0]["type"]}"]'}


defect("patch-removes-all-of-the-type", "patch", "One value goes with all of its type.")(
    seeing(_of_its_type)
)
defect("patch-fails-on-unassigned", "patch", "To remove what has no value is answered 500.")(
    lambda asked, server: refusing(
        lambda one: is_op("remove", one) and path_of(one) == "title" not in asked.read(server),
        status=500,
    )(asked, server)
)

# --- replace -----------------------------------------------------------------------------------


def _bend_replace(is_meant: Any, change: Any) -> Any:
    return bending(lambda one: change(one) if is_op("replace", one) and is_meant(one) else one)


def _is_object_by_filter(one: Document) -> bool:
    return has_filter(one) and isinstance(one.get("value"), dict)


defect("patch-replaces-list-for-value", "patch", "To replace one value replaces the list.")(
    _bend_replace(
        _is_object_by_filter,
        lambda one: one | {"path": attribute_of(one), "value": [one["value"]]},
    )
)
defect("patch-ignores-value-path-objects", "patch", "To replace a value whole has no effect.")(
    dropping(_is_object_by_filter)
)
defect("patch-replaces-present-parts-only", "patch", "A part that a value lacks is not set.")(
    seeing(
        lambda one, was: (
            None
            if path_of(one).endswith("].region")
            and not any("region" in value for value in chosen_by(one, was))
            else one
        )
    )
)
defect("patch-loses-parts-of-matches", "patch", "To set one part of a value loses the others.")(
    _bend_replace(
        lambda one: path_of(one).endswith("].region"),
        lambda one: (
            one | {"path": path_of(one).rpartition(".")[0], "value": {"region": one["value"]}}
        ),
    )
)


def _without_match(change: Any) -> Any:
    return seeing(
        lambda one, was: (
            change(one)
            if is_op("replace", one)
            and path_of(one).startswith("emails[")
            and not chosen_by(one, was)
            else one
        )
    )


defect("patch-replaces-all-without-match", "patch", "A replace without match changes all values.")(
    _without_match(lambda one: one | {"path": FILTER.sub("", path_of(one))})
)
defect("patch-creates-without-match", "patch", "A replace without match makes a value up.")(
    _without_match(lambda one: {"op": "add", "path": "emails", "value": [{"value": one["value"]}]})
)
defect("patch-ignores-replace-without-match", "patch", "A replace without match is a success.")(
    forgiving(lambda one: is_op("replace", one), "noTarget")
)


def _afresh(is_meant: Any) -> Any:
    def bend(given: list[Any]) -> Any:
        for one in given:
            if isinstance(one, dict) and is_op("replace", one) and is_meant(one):
                yield {"op": "remove", "path": "name"}
            yield one

    return bending_all(bend)


defect("patch-replaces-whole-complex", "patch", "To replace one part loses the others.")(
    _afresh(lambda one: path_of(one).startswith("name"))
)
defect("patch-replaces-whole-complex-without-path", "patch", "Without path the others are lost.")(
    _afresh(lambda one: without_path(one) and "name" in one["value"])
)
defect("patch-replace-without-path-adds", "patch", "Without a path a replace adds to lists.")(
    _bend_replace(without_path, lambda one: one | {"op": "add"})
)
defect("patch-never-reactivates", "patch", "A user who is inactive stays inactive.")(
    dropping(lambda one: one.get("value") is True or one.get("value") == {"active": True})
)
defect("patch-ignores-active-without-path", "patch", "Without a path `active` is ignored.")(
    dropping(lambda one: without_path(one) and "active" in one["value"])
)


@defect("patch-deletes-inactive", "patch", "A user who is made inactive cannot be read any more.")
def deletes_inactive(asked: Asked, server: Server) -> Told:
    """Treat inactive users as deleted."""
    told = server(asked)
    is_gone = asked.method == "GET" and told.document.get("active") is False
    return Told.error(404) if is_gone else told
