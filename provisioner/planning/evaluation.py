"""Scoping and mapping of what was staged, and what no single record shows: the same value twice."""

from collections.abc import Iterator

from provisioner.planning.population import (
    Rules,
    Wanted,
    is_in_scope,
    shared,
    source_name,
    troubled,
    twice,
    wanted_of,
)
from provisioner.planning.staged import Staged
from provisioner.planning.staging import Staging
from provisioner.targets.trouble import Trouble


def evaluate(staging: Staging, rules: Rules) -> None:
    """Scope and map the records of a kind that are not as they were, and note what comes of it."""
    _join_twins(staging, rules)
    for batch in staging.unmapped(rules.kind):
        outside: list[int] = []
        inside: list[tuple[int, Wanted]] = []
        keys: list[tuple[bytes, str]] = []
        for each in batch:
            item = _evaluated(each, rules)
            if item is None:
                outside.append(each.ord)
                continue
            inside.append((each.ord, item))
            if item.trouble is None and (each.linked or not item.disabled):
                keys += [(key, item.anchor) for key in rules.keys(item)]
        staging.save_outside(outside)
        staging.save_inside(inside)
        staging.save_keys(rules.kind, keys)
    _mark_shared(staging, rules)


def _evaluated(staged: Staged, rules: Rules) -> Wanted | None:
    verdict = is_in_scope(staged.record, rules, granted=staged.granted)
    if isinstance(verdict, Trouble):
        return troubled(staged.record, verdict)
    return wanted_of(staged.record, rules) if verdict else None


def _join_twins(staging: Staging, rules: Rules) -> None:
    """Make one of the records that share an anchor: parked if one is in scope, and no leaver."""
    while anchors := staging.twins(rules.kind):
        for anchor in anchors:
            _join(staging, rules, anchor)


def _join(staging: Staging, rules: Rules, anchor: str) -> None:
    found = staging.twin_rows(rules.kind, anchor)
    inside = [
        (staged, name)
        for staged, known, name in found
        if (
            bool(is_in_scope(staged.record, rules, granted=staged.granted))
            if known is None
            else known
        )
    ]
    if inside:
        kept, (last, name) = inside[0][0].ord, inside[-1]
        places = [staged.record.where for staged, _, _ in found]
        called = source_name(last.record) if last.record.attributes else name or anchor
        staging.save_inside([(kept, twice(last.record, called, places))])
    else:
        kept = found[-1][0].ord
    staging.drop(staged.ord for staged, _, _ in found if staged.ord != kept)


def _mark_shared(staging: Staging, rules: Rules) -> None:
    """Park those without an account whose value to match by others have; a linked one works on."""
    marked: set[int] = set()
    for key in staging.shared_keys(rules.kind):
        sharers = staging.sharers(rules.kind, key)
        found = list(_with_trouble(sharers, key, rules, marked))
        staging.save_inside(found)
        marked.update(number for number, _ in found)


def _with_trouble(
    sharers: list[tuple[int, str, Wanted | None]], key: bytes, rules: Rules, marked: set[int]
) -> Iterator[tuple[int, Wanted]]:
    for number, _, item in sharers:
        if item is not None and item.trouble is None and number not in marked:
            others = [place for other, place, _ in sharers if other != number]
            trouble = shared(rules.shared_path(item, key), item, others)
            yield number, item.with_trouble(trouble)
