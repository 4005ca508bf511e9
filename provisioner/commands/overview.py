"""The state of a job at a glance: what it holds, how its last cycles went, what is open and why."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console

from provisioner.commands.causes import category_of
from provisioner.commands.report import escape, show_cycles, show_failures
from provisioner.moments import moment
from provisioner.record import Kind
from provisioner.state import Cycle, Failure
from provisioner.watching.quarantine import Quarantine


@dataclass(frozen=True)
class Status:
    """What is known of a job without asking its source or its target.

    `wrong` has a line for each thing that concerns the job as a whole.
    """

    job: str
    held: Mapping[Kind, Mapping[str, int]]
    references: int
    cycles: list[Cycle]
    failures: list[Failure]
    last_good: Cycle | None
    quarantine: Quarantine | None
    wrong: tuple[str, ...]

    @property
    def code(self) -> str:
        """The state of the job, in the words of Entra ID's synchronization status."""
        if self.quarantine is not None:
            return "Quarantine"
        return "Active" if self.cycles else "NotRun"

    def to_json(self) -> dict[str, Any]:
        """Return the state as a document."""
        return {
            "job": self.job,
            "code": self.code,
            "held": {kind: dict(numbers) for kind, numbers in self.held.items()},
            "references": self.references,
            "quarantine": self.quarantine.to_json() if self.quarantine else None,
            "wrong": list(self.wrong),
            "lastGoodCycle": asdict(self.last_good) if self.last_good else None,
            "cycles": [asdict(cycle) for cycle in self.cycles],
            "open": [
                {**asdict(each), "category": category_of(each.code)} for each in self.failures
            ],
        }


def show_status(console: Console, status: Status) -> None:
    """Show what is wrong with the job first, then what it holds, its cycles and what is open."""
    for each in status.wrong:
        console.print(f"[red]Wrong:[/] {escape(each)}", soft_wrap=True)
    for kind, numbers in status.held.items():
        words = ", ".join(f"{number} {word}" for word, number in numbers.items())
        console.print(escape(f"{kind}: {words}"), soft_wrap=True)
    console.print(f"references: {status.references}", soft_wrap=True)
    if status.last_good is not None and status.last_good.ended is not None:
        console.print(f"last good cycle: {moment(status.last_good.ended)}", soft_wrap=True)
    show_cycles(console, status.cycles)
    show_failures(console, status.failures)
