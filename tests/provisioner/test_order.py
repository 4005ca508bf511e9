"""In which order new objects that refer to each other are made."""

import random

import pytest

from provisioner.planning.order import DEEPEST, Order


def ordered(above: dict[str, list[str]]) -> Order:
    pairs = [(name, other) for name, others in above.items() for other in others]
    return Order(enumerate(above), pairs)


def levels(above: dict[str, list[str]]) -> dict[str, int]:
    names, order = list(above), ordered(above)
    return {names[n]: level for level in range(order.depth) for n in order.at(level)}


def test_those_referred_to_come_first() -> None:
    above = {"ada": ["bob"], "bob": ["eve"], "eve": []}

    assert {"eve": 0, "bob": 1, "ada": 2} == levels(above)
    assert set() == ordered(above).cut


def test_those_who_refer_to_nobody_are_made_at_once() -> None:
    assert {"ada": 0, "bob": 0} == levels({"ada": [], "bob": []})


def test_those_who_are_there_already_need_not_be_waited_for() -> None:
    assert {"ada": 0} == levels({"ada": ["bob"]})


def test_a_circle_is_cut_where_the_source_begins_it() -> None:
    above = {"ada": ["bob"], "bob": ["ada"]}

    assert {("ada", "bob")} == ordered(above).cut
    assert {"ada": 0, "bob": 1} == levels(above)


def test_who_refers_to_himself_is_made_without_that() -> None:
    assert {("ada", "ada")} == ordered({"ada": ["ada"]}).cut


def test_a_chain_that_is_too_long_is_made_at_once_from_there_on() -> None:
    length = 3 * DEEPEST
    above = {f"p{n}": [f"p{n + 1}"] if n < length else [] for n in range(length + 1)}

    assert DEEPEST == max(levels(above).values())
    assert length - DEEPEST == len(ordered(above).cut)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_not_cut_is_made_in_its_order(seed: int) -> None:
    chance = random.Random(seed)
    names = [f"p{number}" for number in range(30)]
    above = {name: chance.sample(names, chance.randrange(3)) for name in names}

    placed, cut = levels(above), ordered(above).cut

    assert set(names) == placed.keys()
    assert all(
        placed[other] < placed[name] or (name, other) in cut
        for name, others in above.items()
        for other in others
    )
