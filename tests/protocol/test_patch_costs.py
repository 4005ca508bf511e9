"""What a PATCH may cost: work that its size does not bound is bounded, or done once."""

from collections.abc import Callable
from typing import Any

import pytest

from scim_protocol import assignment, place
from scim_protocol.definitions import ResourceModel
from scim_protocol.errors import TooMany
from scim_protocol.patch import Operation, apply_patch

Resource = dict[str, Any]
Count = Callable[[Any, str], list[int]]


def phones(user: Resource, number: int) -> Resource:
    listed = [{"value": f"{n}", "type": "work"} for n in range(number)]
    return user | {"phoneNumbers": listed}


def any_of(name: str, number: int) -> str:
    """Return a path whose filter is of so many terms, none of which matches."""
    terms = " or ".join(f'{name} eq "none-{n}"' for n in range(number))
    return f"phoneNumbers[{terms}]"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Count:
    """Counts the calls of a function of a module, in the one number of a list."""

    def count(module: Any, name: str) -> list[int]:
        counted, real = [0], getattr(module, name)

        def counting(*arguments: Any, **named: Any) -> Any:
            counted[0] += 1
            return real(*arguments, **named)

        monkeypatch.setattr(module, name, counting)
        return counted

    return count


def test_filters_that_look_at_too_many_values_are_refused(
    user: Resource, user_model: ResourceModel
) -> None:
    many = phones(user, 1000)
    path = any_of("display", 200)
    operations = [Operation("remove", f"{path}.display") for _ in range(11)]

    with pytest.raises(TooMany, match="send several"):
        apply_patch(many, operations, user_model, settle=lambda *_: ())


def test_what_many_operations_without_a_filter_look_at_is_bounded_too(
    user: Resource, user_model: ResourceModel
) -> None:
    operations = [Operation("add", "phoneNumbers", {"value": "0"})] * 250

    with pytest.raises(TooMany):
        apply_patch(phones(user, 10_000), operations, user_model)


def test_a_thousand_operations_on_a_list_of_a_thousand_values_are_taken(
    user: Resource, user_model: ResourceModel
) -> None:
    operations = [
        Operation("remove", f'phoneNumbers[type eq "work" and value eq "{n}"]') for n in range(1000)
    ]

    assert "phoneNumbers" not in apply_patch(phones(user, 1000), operations, user_model)


def test_the_filter_of_a_path_is_compiled_once_for_all_operations(
    user: Resource, user_model: ResourceModel, calls: Count
) -> None:
    compiled = calls(place, "compile_value_filter")
    path = 'phoneNumbers[value eq "compiled once"].display'

    apply_patch(
        phones(user, 1) | {"phoneNumbers": [{"value": "compiled once"}]},
        [Operation("replace", path, str(n)) for n in range(50)],
        user_model,
    )

    assert [1] == compiled


def test_a_long_filter_is_compiled_once_for_all_operations_too(
    user: Resource, user_model: ResourceModel, calls: Count
) -> None:
    compiled = calls(place, "compile_value_filter")
    path = any_of("value", 190)[:-1] + ' or value eq "0"]'

    patched = apply_patch(
        phones(user, 1),
        [Operation("replace", f"{path}.display", str(n)) for n in range(50)],
        user_model,
    )

    assert "49" == patched["phoneNumbers"][0]["display"]
    assert [1] == compiled


def test_a_value_set_in_each_of_a_list_is_checked_once(
    user: Resource, user_model: ResourceModel, calls: Count
) -> None:
    checked = calls(assignment, "check_value")

    patched = apply_patch(
        phones(user, 100), [Operation("replace", "phoneNumbers.display", "x")], user_model
    )

    assert {"x"} == {one["display"] for one in patched["phoneNumbers"]}
    assert [1] == checked


def test_a_change_that_makes_no_doubles_compares_no_texts_of_values(
    user: Resource, user_model: ResourceModel, calls: Count
) -> None:
    compared = calls(assignment, "distinct")
    one = Operation("replace", 'phoneNumbers[value eq "7"].display', "x")

    apply_patch(
        phones(user, 100), [one, Operation("replace", "phoneNumbers.display", "y")], user_model
    )

    assert [0] == compared


def test_changes_that_make_doubles_leave_one_of_them(
    user: Resource, user_model: ResourceModel
) -> None:
    few = apply_patch(
        phones(user, 3),
        [Operation("replace", 'phoneNumbers[value eq "1"].value', "2")],
        user_model,
    )
    many = apply_patch(
        phones(user, 30), [Operation("replace", "phoneNumbers.value", "2")], user_model
    )

    assert ["0", "2"] == [one["value"] for one in few["phoneNumbers"]]
    assert [{"value": "2", "type": "work"}] == many["phoneNumbers"]
