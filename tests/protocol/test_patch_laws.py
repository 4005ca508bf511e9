"""Laws that every PATCH obeys, whatever the resource and the operations (RFC 7644 §3.5.2)."""

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scim_protocol.definitions import Attribute, ResourceModel, Target
from scim_protocol.errors import NoTarget, ScimError
from scim_protocol.filter import AttributePath, Comparison, print_filter
from scim_protocol.patch import Operation, apply_patch
from scim_protocol.resource import check_value, schemas_of

LAW = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=70,
    suppress_health_check=list(HealthCheck),
)
Resource = dict[str, Any]
Scenario = tuple[Resource, list[Operation]]


class Scenarios:
    """Random resources of a model with operations on what they hold, most of them valid."""

    def __init__(self, model: ResourceModel, resources: Any, values: Any, elements: Any) -> None:
        self.model, self.resources = model, resources
        self.values, self.elements = values, elements
        self.targets = [t for t in model.every_attribute() if t.attribute.name != "schemas"]

    def of(self, operations: int, *, op: str | None = None) -> st.SearchStrategy[Scenario]:
        """Draw a resource and up to that many operations."""

        @st.composite
        def scenario(draw: Any) -> Scenario:
            about = draw(st.lists(st.sampled_from(self.targets), min_size=1, max_size=3))
            resource = draw(self.resources(self.model, about))
            count = draw(st.integers(1, operations))
            return resource, [self.operation(draw, about, resource, op) for _ in range(count)]

        return scenario()

    def targeted(self, targets: list[Target]) -> st.SearchStrategy[tuple[Resource, Target, Any]]:
        """Draw a resource, one of the attributes that it is about, and a value for that."""

        @st.composite
        def chosen(draw: Any) -> tuple[Resource, Target, Any]:
            target = draw(st.sampled_from(targets))
            about = [target, *draw(st.lists(st.sampled_from(self.targets), max_size=1))]
            single = target.attribute.multi_valued and draw(st.booleans())
            value = draw((self.elements if single else self.values)(target.attribute))
            return draw(self.resources(self.model, about)), target, value

        return chosen()

    def operation(
        self, draw: Any, about: list[Target], held: Resource, op: str | None
    ) -> Operation:
        op = op or draw(st.sampled_from(("add", "replace", "remove")))
        target = draw(st.sampled_from(about))
        path, attribute = str(target), target.attribute
        form = draw(st.sampled_from(("whole", "sub", "filter", "filter.sub", "no path")))
        value = draw(self.values(attribute))
        if form == "no path" and op != "remove":
            named = {attribute.name: value}
            return Operation(op, None, {target.urn: named} if target.urn else named)
        if "filter" in form and attribute.multi_valued:
            path = f"{path}[{self.filter(draw, attribute, values_at(held, target))}]"
            value = draw(self.elements(attribute))
        if "sub" in form and attribute.is_complex and ("[" in path) == (form == "filter.sub"):
            sub = draw(st.sampled_from(attribute.sub_attributes))
            path, value = f"{path}.{sub.name}", draw(self.values(sub))
        return Operation(op, path, None if op == "remove" else value)

    def filter(self, draw: Any, attribute: Attribute, held: list[Any]) -> str:
        """Draw a filter in brackets that matches one of the values there are, if there are any."""
        subs = [sub for sub in attribute.sub_attributes if sub.returned != "never"]
        sub = draw(st.sampled_from(subs)) if subs else Attribute("value", attribute.type)
        value = draw(self.elements(sub))
        if held:
            one = draw(st.sampled_from(held))
            value = one.get(sub.name) if isinstance(one, dict) else one
        operator = draw(st.sampled_from(("eq", "eq", "eq", "ne")))
        return print_filter(Comparison(AttributePath(None, sub.name), operator, value))


@pytest.fixture(scope="session", params=["user", "device"])
def scenarios(
    request: pytest.FixtureRequest, resources_of: Any, values_of: Any, elements_of: Any
) -> Scenarios:
    model = request.getfixturevalue(f"{request.param}_model")
    return Scenarios(model, resources_of, values_of, elements_of)


def patched(resource: Resource, model: ResourceModel, *operations: Operation) -> Resource | None:
    """Return the patched resource; None if the PATCH is refused."""
    try:
        return apply_patch(resource, operations, model)
    except ScimError:
        return None


def succeeds(resource: Resource, model: ResourceModel, *operations: Operation) -> Resource:
    result = patched(resource, model, *operations)
    assume(result is not None)
    assert result is not None
    return result


def values_at(resource: Resource, target: Target) -> list[Any]:
    holder = resource.get(target.urn, {}) if target.urn else resource
    found = holder.get(target.attribute.name, [])
    return found if isinstance(found, list) else [found]


def test_the_input_is_never_changed(scenarios: Scenarios) -> None:
    @LAW
    @given(scenario=scenarios.of(4))
    def law(scenario: Scenario) -> None:
        resource, operations = scenario
        before, sent = copy.deepcopy(resource), copy.deepcopy(operations)
        result = patched(resource, scenarios.model, *operations)

        assert before == resource
        assert sent == operations
        if result is not None:  # nor is it when the result is
            result.get("keys", result.get("emails", [])).append("mine")
            assert before == resource

    law()


def test_one_failing_operation_undoes_all(scenarios: Scenarios) -> None:
    @LAW
    @given(scenario=scenarios.of(3))
    def law(scenario: Scenario) -> None:
        resource, operations = scenario
        before = copy.deepcopy(resource)
        failing = Operation("replace", "id", "x")

        assert patched(resource, scenarios.model, *operations, failing) is None
        assert before == resource

    law()


def test_operations_act_one_after_the_other(scenarios: Scenarios) -> None:
    @LAW
    @given(scenario=scenarios.of(3))
    def law(scenario: Scenario) -> None:
        resource, operations = scenario
        expected = resource
        for operation in operations:
            expected = succeeds(expected, scenarios.model, operation)

        assert expected == patched(resource, scenarios.model, *operations)

    law()


def test_the_result_is_in_the_one_form(scenarios: Scenarios) -> None:
    model = scenarios.model

    @settings(LAW, max_examples=100)
    @given(scenario=scenarios.of(3))
    def law(scenario: Scenario) -> None:
        resource, operations = scenario
        result = succeeds(resource, model, *operations)

        assert schemas_of(result, model) == result["schemas"]
        assert _holds_nothing_empty(result)
        for target in model.every_attribute():
            attribute, found = target.attribute, values_at(result, target)
            writable = [_without_read_only(one, attribute) for one in found]
            if attribute.mutability != "readOnly" and writable and {} not in writable:
                value = writable if attribute.multi_valued else writable[0]
                assert value == check_value(value, attribute)

    law()


def _holds_nothing_empty(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(map(_holds_nothing_empty, value.values()))
    if isinstance(value, list):
        return bool(value) and all(map(_holds_nothing_empty, value))
    return value is not None


def _without_read_only(value: Any, attribute: Attribute) -> Any:
    if not isinstance(value, dict):
        return value
    dropped = {sub.name for sub in attribute.sub_attributes if sub.mutability == "readOnly"}
    return {name: part for name, part in value.items() if name not in dropped}


def test_what_is_read_only_or_immutable_never_changes(scenarios: Scenarios) -> None:
    model = scenarios.model
    fixed = [t for t in scenarios.targets if t.attribute.mutability in ("readOnly", "immutable")]
    fixed_only = Scenarios(model, scenarios.resources, scenarios.values, scenarios.elements)
    fixed_only.targets = fixed

    @LAW
    @given(scenario=fixed_only.of(2))
    def law(scenario: Scenario) -> None:
        resource, operations = scenario
        result = patched(resource, model, *operations)
        for target in fixed if result is not None else ():
            before, mutability = values_at(resource, target), target.attribute.mutability
            if mutability == "readOnly" or before:
                assert before == values_at(result or {}, target)

    law()


def test_a_replacement_done_twice_is_one_done_once(scenarios: Scenarios) -> None:
    @LAW
    @given(scenario=scenarios.of(1, op="replace"))
    def law(scenario: Scenario) -> None:
        resource, operations = scenario
        once = succeeds(resource, scenarios.model, *operations)
        try:
            twice = apply_patch(once, operations, scenarios.model)
        except NoTarget:  # the filter chose by what the operation has replaced
            return

        assert once == twice

    law()


def test_adding_twice_is_adding_once(scenarios: Scenarios) -> None:
    @LAW
    @given(chosen=scenarios.targeted(scenarios.targets))
    def law(chosen: tuple[Resource, Target, Any]) -> None:
        resource, target, value = chosen
        add = Operation("add", str(target), value)
        once = succeeds(resource, scenarios.model, add)

        assert once == patched(once, scenarios.model, add)

    law()


def test_removing_twice_is_removing_once(scenarios: Scenarios) -> None:
    optional = [
        t
        for t in scenarios.targets
        if t.attribute.mutability == "readWrite" and not t.attribute.required
    ]

    @LAW
    @given(chosen=scenarios.targeted(optional))
    def law(chosen: tuple[Resource, Target, Any]) -> None:
        resource, target, _ = chosen
        remove = Operation("remove", str(target))
        once = patched(resource, scenarios.model, remove)

        assert once is not None
        assert not values_at(once, target)
        assert once == patched(once, scenarios.model, remove)

    law()


@pytest.mark.parametrize("with_path", [True, False])
def test_adding_to_many_values_loses_none(scenarios: Scenarios, with_path: bool) -> None:
    many = [
        t
        for t in scenarios.targets
        if t.attribute.multi_valued and t.attribute.mutability == "readWrite"
    ]

    @LAW
    @given(chosen=scenarios.targeted(many))
    def law(chosen: tuple[Resource, Target, Any]) -> None:
        resource, target, value = chosen
        named = {target.attribute.name: [] if value is None else value}
        add = Operation("add", None, {target.urn: named} if target.urn else named)
        if with_path:
            add = Operation("add", str(target), value)
        result = patched(resource, scenarios.model, add)

        if result is not None:
            assert len(values_at(resource, target)) <= len(values_at(result, target))

    law()


def test_adding_a_value_and_removing_it_by_a_filter_restores(scenarios: Scenarios) -> None:
    many = [
        t
        for t in scenarios.targets
        if t.attribute.multi_valued
        and t.attribute.mutability == "readWrite"
        and (not t.attribute.is_complex or t.attribute.sub("value"))
    ]

    @LAW
    @given(chosen=scenarios.targeted(many))
    def law(chosen: tuple[Resource, Target, Any]) -> None:
        resource, target, _ = chosen
        attribute, path = target.attribute, str(target)
        kind = attribute.sub("value") or attribute
        fresh = {"integer": 77, "binary": "ZnJlc2g="}.get(kind.type, "fresh")
        add = Operation("add", path, {"value": fresh} if attribute.is_complex else fresh)
        remove = Operation("remove", f"{path}[value eq {json.dumps(fresh)}]")

        if target.urn is None or target.urn in resource:
            assert resource == patched(resource, scenarios.model, add, remove)

    law()


@pytest.mark.parametrize("op", ["add", "replace"])
def test_a_complex_value_given_in_part_leaves_the_other_parts(
    scenarios: Scenarios, op: str
) -> None:
    complex_ones = [
        t
        for t in scenarios.targets
        if t.attribute.is_complex
        and not t.attribute.multi_valued
        and t.attribute.mutability == "readWrite"
    ]

    @LAW
    @given(chosen=scenarios.targeted(complex_ones))
    def law(chosen: tuple[Resource, Target, Any]) -> None:
        resource, target, value = chosen
        result = patched(resource, scenarios.model, Operation(op, str(target), value))
        if result is None or value is None:
            return
        before, after = (dict(*values_at(r, target)) for r in (resource, result))

        assert _without(before, value) == _without(after, value)

    law()


def _without(value: dict[str, Any], given_parts: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in value.items() if name not in given_parts}
