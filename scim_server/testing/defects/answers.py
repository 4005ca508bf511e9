"""Answers to writing that are not the resource as it then is; failures that leave a part."""

from collections.abc import Callable
from typing import Any

from scim_protocol.urns import ENTERPRISE_USER
from scim_server.testing.defects.bodies import without
from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Document,
    Server,
    Told,
    defect,
    telling,
)
from scim_server.testing.defects.patching import operations_of, path_of


def _shown(change: Callable[[Document], Document], method: str, path: str = "") -> Breakage:
    """Bend what the answers to a method show."""

    def edit(asked: Asked, told: Told) -> None:
        if told.ok and "id" in told.document:
            told.json = change(told.document)

    return telling(edit, method=method, path=path)


defect("creations-show-no-members", "create", "The answer to a creation has no members.")(
    _shown(without("members"), "POST", "/Groups")
)
defect("creations-show-no-extensions", "create", "The answer to a creation has no extensions.")(
    _shown(without(ENTERPRISE_USER), "POST", "/Users")
)
defect("creations-show-no-dates", "create", "The answer to a creation has no dates.")(
    _shown(lambda one: one | {"meta": without("created", "lastModified")(one["meta"])}, "POST")
)
defect("put-shows-no-members", "put", "The answer to a replacement has no members.")(
    _shown(without("members"), "PUT", "/Groups")
)
defect("put-shows-no-groups", "put", "The answer to a replacement has no groups.")(
    _shown(without("groups"), "PUT", "/Users")
)


def _old_meta(method: str) -> Breakage:
    def breakage(asked: Asked, server: Server) -> Told:
        before = asked.read(server) if asked.method == method else {}
        told = server(asked)
        if before and told.ok and "meta" in told.document:
            told.json = told.document | {"meta": before["meta"]}
        return told

    return breakage


for method, who in (("PUT", "a replacement"), ("PATCH", "a PATCH")):
    name = method.lower()
    defect(f"{name}-shows-no-meta", name, f"The answer to {who} has no meta.")(
        _shown(without("meta"), method)
    )
    defect(f"{name}-shows-the-old-meta", name, f"The answer to {who} has the meta of before.")(
        _old_meta(method)
    )


@defect("patch-shows-the-old-group", "patch", "The PATCH of a group shows it as it was.")
def old_group(asked: Asked, server: Server) -> Told:
    """Answer 200 with what was read first."""
    is_meant = asked.method == "PATCH" and asked.path.startswith("/Groups/")
    before = asked.read(server) if is_meant else {}
    told = server(asked)
    return Told.of(200, before) if before and told.ok else told


# --- failures ----------------------------------------------------------------------------------


def _keeping(is_kept: Callable[[Asked, Document], object], *failures: Any) -> Breakage:
    """Keep what some operations did, although one after them failed.

    :param failures: statuses and keywords after which it is so.
    """

    def breakage(asked: Asked, server: Server) -> Told:
        body, told = asked.json, server(asked)
        is_meant = asked.method == "PATCH" and not told.ok
        if is_meant and {told.status, told.document.get("scimType")} & set(failures):
            for one in operations_of(asked)[:-1]:
                if is_kept(asked, one):
                    document = body | {"Operations": [one]}
                    server(asked.other("PATCH", asked.path, document))
        return told

    return breakage


defect("patch-keeps-extensions-after-a-failure", "patch", "A failure leaves changed extensions.")(
    _keeping(lambda asked, one: path_of(one).startswith(ENTERPRISE_USER), 400)
)
defect("patch-keeps-names-of-groups-after-a-failure", "patch", "A failure leaves groups renamed.")(
    _keeping(
        lambda asked, one: (
            asked.path.startswith("/Groups/")
            and path_of(one) == "displayName"
            and one.get("op") == "replace"
        ),
        400,
    )
)
defect("patch-keeps-the-rest-of-a-conflict", "patch", "A conflict leaves what came before it.")(
    _keeping(lambda asked, one: True, 409)
)
defect("patch-keeps-what-was-before-a-wrong-type", "patch", "A wrong type leaves what was before.")(
    _keeping(lambda asked, one: asked.path.startswith("/Users/"), "invalidValue", "invalidSyntax")
)


def _moving(path: str, attribute: str) -> Breakage:
    """Let each PATCH of an attribute move lastModified, whatever it changes."""
    moved: dict[str, str] = {}

    def breakage(asked: Asked, server: Server) -> Told:
        given = operations_of(asked) if asked.path.startswith(path) else []
        told = server(asked)
        if told.ok and any(path_of(one) == attribute for one in given):
            moved[asked.path] = "2031-01-01T00:00:00Z"
        if asked.path in moved and "meta" in told.document:
            meta = told.document["meta"] | {"lastModified": moved[asked.path]}
            told.json = told.document | {"meta": meta}
        return told

    return breakage


defect(
    "patch-of-the-same-value-moves-last-modified",
    "patch",
    "A single value that is added again moves lastModified.",
)(_moving("/Users/", "displayName"))
defect("same-members-move-last-modified", "patch", "A member that is added again moves it, too.")(
    _moving("/Groups/", "members")
)
