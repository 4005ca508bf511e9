"""The steps of a bulk request carried out, in transactions that many of them share."""

import time
from collections import deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import orjson

from scim_protocol.errors import Conflict, PayloadTooLarge, ScimError
from scim_protocol.etag import Preconditions, format_version
from scim_server import operations
from scim_server.bulk.order import batches
from scim_server.bulk.steps import Step, bare
from scim_server.representation import GROUPS, MEMBERS, location
from scim_server.service import Answer, Call, Kind, Service
from scim_server.store.contract import Record, Store, Transaction

Outcome = Answer | ScimError

# Other writers wait while a transaction is open: one that took so long is ended, and another begun.
LONGEST_SECONDS: Final = 0.5
# So many resources are added at once, where nothing stands against it.
_AT_ONCE: Final = 100
_CHANGES: Final = {
    "PUT": operations.replace,
    "PATCH": operations.patch,
    "DELETE": operations.delete,
}


class _PartOf:
    """A store whose transactions are parts of one that is open."""

    def __init__(self, store: Store, tx: Transaction) -> None:
        self.secret = store.secret
        self.types_with_more = store.types_with_more
        self._tx = tx

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Begin a part, which an exception undoes alone."""
        with self._tx.savepoint():
            yield self._tx

    read = write

    def close(self) -> None:
        """Do nothing: the store is its owner's to close."""


@dataclass(eq=False)
class Execution:
    """A bulk request on its way; `most_errors` are as many as it goes on after."""

    service: Service
    call: Call
    steps: Sequence[Step]
    most_errors: int
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    errors: int = 0
    changed_bytes: int = 0

    def run(self) -> Mapping[int, Outcome]:
        """Carry the steps out; return what became of each that was come to, by its number."""
        waiting = deque(batches([step.needs for step in self.steps]))
        self._check_new(number for batch in waiting for number in batch)
        while waiting and self.errors < self.most_errors:
            with self.service.store.write() as tx:
                inside = replace(self.service, store=_PartOf(self.service.store, tx))
                for run in self._for_one_transaction(waiting):
                    self._carry_out_all(run, inside, tx)
        return self.outcomes

    def _for_one_transaction(self, waiting: deque[list[int]]) -> Iterator[list[list[int]]]:
        until = time.monotonic() + LONGEST_SECONDS
        yield self._next_run(waiting)
        while waiting and self.errors < self.most_errors and time.monotonic() < until:
            yield self._next_run(waiting)

    def _next_run(self, waiting: deque[list[int]]) -> list[list[int]]:
        """Take the creations that come next and can be made at once, or whatever comes next."""
        run = [waiting.popleft()]
        numbers = set(run[0])
        if self._is_new(run[0], ()):
            while waiting and len(run) < _AT_ONCE and self._is_new(waiting[0], numbers):
                run.append(waiting.popleft())
                numbers.update(run[-1])
        return run

    def _is_new(self, batch: Sequence[int], coming: Container[int]) -> bool:
        """Tell whether a batch is one resource to be added, and all is there that it refers to."""
        step = self.steps[batch[0]]
        there = (
            need in coming or isinstance(self.outcomes.get(need), Answer) for need in step.needs
        )
        return len(batch) == 1 and step.fault is None and step.new is not None and all(there)

    def _carry_out_all(
        self, run: Sequence[Sequence[int]], inside: Service, tx: Transaction
    ) -> None:
        new = [(batch[0], self.steps[batch[0]].new) for batch in run]
        if len(run) > 1 and (outcomes := self._create_at_once(new, inside, tx)):
            self._note(outcomes)
            return
        for batch in run:
            if self.errors < self.most_errors:
                self._carry_out(batch, inside, tx)

    def _create_at_once(
        self, new: Sequence[tuple[int, operations.New | None]], inside: Service, tx: Transaction
    ) -> dict[int, Outcome]:
        """Add resources of which most likely none is refused; if one is, nothing has happened."""
        added = [(number, each) for number, each in new if each is not None]
        try:
            with tx.savepoint():
                rows = [(each.kind.model, each.document, each.secrets) for _, each in added]
                records = tx.insert_all(rows, inside.now())
                for (_, each), record in zip(added, records, strict=True):
                    each.add_members(tx, record)
        except ScimError:
            return {}
        return {
            number: self._created(each.kind, record)
            for (number, each), record in zip(added, records, strict=True)
        }

    def _check_new(self, order: Iterable[int]) -> None:
        """Check what is to be created, and hash its secrets, while no other writer waits for it."""
        faults = 0
        for step in (self.steps[number] for number in order):
            if step.fault is None and step.method == "POST" and step.kind is not None:
                try:
                    call = self._call(step, step.kind)
                    step.new = operations.read_new(self.service, step.kind, call, step.id)
                except ScimError as fault:
                    step.fault = bare(fault)
            faults += step.fault is not None
            if faults >= self.most_errors:
                return  # The rest will not be come to.

    def _carry_out(self, batch: Sequence[int], inside: Service, tx: Transaction) -> None:
        found = {number: fault for number in batch if (fault := self._fault(self.steps[number]))}
        outcomes = dict[int, Outcome](found) or self._attempt(batch, inside, tx)
        missing = Conflict("It refers to operations that refer to it, and one of them failed.")
        self._note({number: outcomes.get(number, missing) for number in batch})

    def _note(self, outcomes: Mapping[int, Outcome]) -> None:
        for number, outcome in outcomes.items():
            self.outcomes[number] = outcome
            self.errors += isinstance(outcome, ScimError)
            # What is done with is let go: a thousand resources may be much, and answers too.
            self.steps[number].data = self.steps[number].new = None

    def _fault(self, step: Step) -> ScimError | None:
        """Return why a step cannot even be attempted, if it cannot."""
        if step.fault is not None:
            return step.fault
        for number in sorted(step.needs):
            if isinstance(self.outcomes.get(number), ScimError):
                bulk_id = self.steps[number].operation.bulk_id
                step.id = ""  # It may be the id that never came to be.
                return Conflict(f"bulkId:{bulk_id}: the POST with that bulkId failed.")
        return None

    def _attempt(
        self, batch: Sequence[int], inside: Service, tx: Transaction
    ) -> dict[int, Outcome]:
        new = {number: new for number in batch if (new := self.steps[number].new) is not None}
        if new:
            return self._create(new, inside, tx)
        (number,) = batch
        return {number: self._change(self.steps[number], inside, tx)}

    def _create(
        self, new: Mapping[int, operations.New], inside: Service, tx: Transaction
    ) -> dict[int, Outcome]:
        """Add resources, and then their members, for they may be members of each other."""
        at = 0
        records: dict[int, Record] = {}
        try:
            with tx.savepoint():
                for at, each in new.items():
                    records[at] = each.insert(tx, inside.now())
                for at, each in new.items():
                    each.add_members(tx, records[at])
        except ScimError as error:
            return {at: bare(error)}
        return {number: self._created(new[number].kind, records[number]) for number in new}

    def _created(self, kind: Kind, record: Record) -> Answer:
        url = location(kind.model, record.id, self.call.base_url)
        return Answer(201, headers={"ETag": format_version(record.version), "Location": url})

    def _change(self, step: Step, inside: Service, tx: Transaction) -> Outcome:
        assert step.kind is not None
        try:
            self._spend(step, step.kind, tx)
            call = self._call(step, step.kind)
            answer = _CHANGES[step.method](inside, step.kind, call, step.id)
            # Its body is not sent: a thousand long ones are not to be kept until all is done.
            return replace(answer, body=b"")
        except ScimError as error:
            return bare(error)

    def _spend(self, step: Step, kind: Kind, tx: Transaction) -> None:
        """Bound the work: a thousand small changes may all be of one resource of a megabyte."""
        most = self.service.config.max_bulk_work
        if self.changed_bytes <= most:  # Else it need not even be read.
            record = tx.get(kind.model, step.id)
            self.changed_bytes += len(record.document) if record else 0
        if self.changed_bytes > most:
            raise PayloadTooLarge(
                f"The operations of a bulk request may change {most} bytes of resources, all"
                " together; send this one in another."
            )

    def _call(self, step: Step, kind: Kind) -> Call:
        """Return the operation as the request that it stands for."""
        # Of the answer only status and version are needed: links are not even read for it.
        links = [MEMBERS] * kind.has_members + [GROUPS] * kind.has_groups
        return replace(
            self.call,
            parameters={"excludedAttributes": ",".join(links)},
            preconditions=Preconditions(if_match=step.operation.version),
            read_body=partial(_bounded, step.data),
        )


def _bounded(data: Any, limit: int | None = None) -> Any:
    if limit is not None and len(orjson.dumps(data)) > limit:
        raise PayloadTooLarge(f"`data` is larger than the {limit} bytes that are taken.")
    return data
