"""The steps of a bulk request carried out, in transactions that many of them share."""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
                for batch in self._for_one_transaction(waiting):
                    self._carry_out(batch, inside, tx)
        return self.outcomes

    def _for_one_transaction(self, waiting: deque[list[int]]) -> Iterator[Sequence[int]]:
        until = time.monotonic() + LONGEST_SECONDS
        yield waiting.popleft()
        while waiting and self.errors < self.most_errors and time.monotonic() < until:
            yield waiting.popleft()

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
        for number in batch:
            missing = Conflict("It refers to operations that refer to it, and one of them failed.")
            outcome = self.outcomes[number] = outcomes.get(number, missing)
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
