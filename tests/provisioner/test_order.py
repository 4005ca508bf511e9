"""In which order new objects that refer to each other are made."""

import random

import pytest

from provisioner.planning.order import DEEPEST, Order


def test_those_referred_to_come_first() -> None:
    order = Order({"ada": ["bob"], "bob": ["eve"], "eve": []})

    assert {"eve": 0, "bob": 1, "ada": 2} == order.levels
    assert set() == order.cut


def test_those_who_refer_to_nobody_are_made_at_once() -> None:
    assert {"ada": 0, "bob": 0} == Order({"ada": [], "bob": []}).levels


def test_a_circle_is_cut_where_the_source_begins_it() -> None:
    order = Order({"ada": ["bob"], "bob": ["ada"]})

    assert {("ada", "bob")} == order.cut
    assert {"ada": 0, "bob": 1} == order.levels


def test_who_refers_to_himself_is_made_without_that() -> None:
    assert {("ada", "ada")} == Order({"ada": ["ada"]}).cut


def test_a_chain_that_is_too_long_is_made_at_once_from_there_on() -> None:
    length = 3 * DEEPEST
    order = Order({f"p{n}": [f"p{n + 1}"] if n < length else [] for n in range(length + 1)})

    assert DEEPEST == max(order.levels.values())
    assert length - DEEPEST == len(order.cut)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_not_cut_is_made_in_its_order(seed: int) -> None:
    chance = random.Random(seed)
    names = [f"p{number}" for number in range(30)]
    above = {name: chance.sample(names, chance.randrange(3)) for name in names}

    order = Order(above)

    assert set(names) == order.levels.keys()
    assert all(
        order.levels[other] < order.levels[name] or (name, other) in order.cut
        for name, others in above.items()
        for other in others
    )
