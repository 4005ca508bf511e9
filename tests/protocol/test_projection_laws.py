"""Laws that every projection obeys (RFC 7644 §3.9, `returned` of RFC 7643 §7)."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim_protocol.definitions import Attribute, ResourceModel, Target
from scim_protocol.projection import Projection

LAW = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=60,
    suppress_health_check=list(HealthCheck),
)
Resource = dict[str, Any]


def names_of(model: ResourceModel) -> list[str]:
    names = ["nonsense", "name.nonsense", "not a name[", "urn:example:other:name"]
    for target in model.every_attribute():
        names.append(str(target))
        names += [
            str(Target(target.urn, target.attribute, s)) for s in target.attribute.sub_attributes
        ]
    return [*names, *(name.upper() for name in names), *(s.id for s in model.extensions)]


@pytest.fixture(scope="session", params=["user", "device"])
def model(request: pytest.FixtureRequest) -> ResourceModel:
    found: ResourceModel = request.getfixturevalue(f"{request.param}_model")
    return found


def leaves(resource: Resource, model: ResourceModel) -> Iterator[tuple[Attribute, list[Attribute]]]:
    """Yield each attribute a resource holds, with the sub-attributes that any of its values has."""
    for target in model.every_attribute():
        holder = resource.get(target.urn, {}) if target.urn else resource
        if target.attribute.name in holder:
            held = holder[target.attribute.name]
            values = held if isinstance(held, list) else [held]
            names = {name for one in values if isinstance(one, dict) for name in one}
            yield (
                target.attribute,
                [s for s in target.attribute.sub_attributes if s.name in names],
            )


@pytest.mark.parametrize("parameter", ["attributes", "excludedAttributes"])
def test_whatever_is_asked_for_the_four_rules_of_returned_hold(
    model: ResourceModel, resources_of: Callable[..., Any], parameter: str
) -> None:
    @LAW
    @given(
        resource=resources_of(model), names=st.lists(st.sampled_from(names_of(model)), max_size=4)
    )
    def law(resource: Resource, names: list[str]) -> None:
        before = copy.deepcopy(resource)
        chosen = (names, None) if parameter == "attributes" else (None, names)
        projection = Projection.parse(*chosen, model)
        shown = projection.apply(resource)
        asked = {name.lower() for name in names} if parameter == "attributes" else set()

        assert before == resource
        assert shown == projection.apply(shown)
        for attribute, subs in leaves(shown, model):
            assert attribute.returned != "never"
            assert "never" not in [sub.returned for sub in subs]
            if attribute.returned == "request":
                assert (
                    attribute.name.lower() in asked or f"{model.core.id}:{attribute.name}" in asked
                )
        held, kept = dict(leaves(resource, model)), dict(leaves(shown, model))
        for attribute, subs in held.items():
            if attribute.returned == "always":
                assert attribute in kept
            for sub in subs:
                if sub.returned == "always":
                    assert sub in kept[attribute]

    law()


def test_without_parameters_all_is_shown_but_what_is_never_or_only_on_request(
    model: ResourceModel, resources_of: Callable[..., Any]
) -> None:
    @LAW
    @given(resource=resources_of(model))
    def law(resource: Resource) -> None:
        kept = dict(leaves(Projection.parse(None, None, model).apply(resource), model))
        for attribute, subs in leaves(resource, model):
            shown = [s for s in subs if s.returned in ("default", "always")]
            if attribute.returned in ("default", "always") and (shown or not subs):
                assert shown == kept[attribute]

    law()


def test_what_is_asked_for_and_what_is_excluded_make_up_the_whole(
    model: ResourceModel, resources_of: Callable[..., Any]
) -> None:
    tops = [t for t in model.every_attribute() if t.attribute.returned == "default"]

    @LAW
    @given(resource=resources_of(model), target=st.sampled_from(tops))
    def law(resource: Resource, target: Target) -> None:
        whole = Projection.parse(None, None, model).apply(resource)
        only = Projection.parse(str(target), None, model).apply(resource)
        others = Projection.parse(None, str(target), model).apply(resource)
        if target.urn in whole:
            merged = others.get(target.urn, {}) | only.get(target.urn, {})
            assert whole == others | only | {target.urn: merged}
        else:
            assert whole == others | only

    law()
