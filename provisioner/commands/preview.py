"""The requests that an action stands for, to be read: nothing is sent, and secrets are hidden."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from provisioner.applying.log import shown
from provisioner.language.mapping import build_resource
from provisioner.planning.diff import operations
from provisioner.planning.plan import Action, Edge, Plan
from provisioner.planning.population import Rules
from provisioner.record import Kind
from provisioner.state.sqlite import SqliteState
from scim_protocol import urns

_ENDPOINTS = {"users": "/Users", "groups": "/Groups"}
Identify = Callable[[Edge], str | None]


def requests_of(action: Action, rules: Rules, identify: Identify) -> list[dict[str, Any]]:
    """Return method, path and body of what carrying out an action sends, as far as it is known.

    :param identify: gives the target's id of an object, None if it has no account yet.
    """
    if not action.stage:
        return []
    endpoint = _ENDPOINTS[action.kind]
    hidden = rules.mapper.redacted
    if action.verb == "create":
        values = {**action.values, **action.once}
        visible = {path: shown(path, value, hidden) for path, value in values.items()}
        return [_request("POST", endpoint, build_resource(visible, rules.places.model))]
    itself = identify(Edge(*action.key)) or action.target_id
    path = f"{endpoint}/{itself or f'(the id of {action.name})'}"
    if action.verb == "delete":
        return [_request("DELETE", path)]
    found = (
        _of_references(action, identify)
        if action.path is not None
        else _of_changes(action, rules, hidden)
    )
    if not found:
        return []
    return [_request("PATCH", path, {"schemas": [urns.PATCH_OP], "Operations": found})]


def known_ids(state: SqliteState) -> Identify:
    """Return what gives the ids of the objects whose accounts are known."""

    def identify(edge: Edge) -> str | None:
        link = state.link(edge.kind, edge.anchor)
        return link.target_id if link else None

    return identify


def with_requests(
    document: dict[str, Any], plan: Plan, rules: Mapping[Kind, Rules], state: SqliteState
) -> dict[str, Any]:
    """Add to the document of a plan what each of its actions sends."""
    identify = known_ids(state)
    for action, entry in zip(plan.actions, document["actions"], strict=True):
        if sent := requests_of(action, rules[action.kind], identify):
            entry["requests"] = sent
    return document


def _request(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    request: dict[str, Any] = {"method": method, "path": path}
    return request if body is None else {**request, "body": body}


def _of_changes(action: Action, rules: Rules, hidden: frozenset[str]) -> list[dict[str, Any]]:
    changes = tuple(
        replace(change, after=shown(change.path, change.after, hidden)) for change in action.changes
    )
    return list(operations(changes, action.values, rules.places))


def _of_references(action: Action, identify: Identify) -> list[dict[str, Any]]:
    verb = {"add members": "add", "remove members": "remove"}.get(action.verb, "replace")
    value = [{"value": identify(edge) or f"(the id of {edge.anchor})"} for edge in action.edges]
    if not value:
        return [{"op": "remove", "path": action.path}]
    single = value[0] if verb == "replace" else value
    return [{"op": verb, "path": action.path, "value": single}]
