"""References in the state: which the source wants, and which of them the target has."""

from collections.abc import Iterable, Mapping
from typing import Final

from provisioner.planning.action import Edge
from provisioner.record import Kind
from provisioner.state import EdgeStatus
from provisioner.state.database import Database

Found = dict[str, dict[Edge, bool]]

NUMBERS: Final[Mapping[str, int]] = {"users": 1, "groups": 2}
_KINDS: Final[Mapping[int, Kind]] = {1: "users", 2: "groups"}
_ID: Final = "(select id from texts where text = ?)"
_DUE, _PENDING = int(EdgeStatus.DUE), int(EdgeStatus.PENDING)


class Edges(Database):
    """The table `edges`, with names for its numbers.

    A reference is kept as wanted where the one referred to has no account, or no longer: so it is
    known what to write when there is one, without reading the source's unchanged records again.
    """

    def edges(self, kind: Kind, anchor: str, path: str) -> dict[Edge, bool]:
        """Return the references last written from one object; False where the outcome is open."""
        return self.edges_from(kind, anchor).get(path, {})

    def edges_from(self, kind: Kind, anchor: str, *, wanted: bool = False) -> Found:
        """Return the references of one object by path, as written; or as wanted, written or not."""
        found: Found = {}
        for path, to_kind, to_anchor, status in self.query(
            "select p.text, e.to_kind, t.text, e.status from edges e "
            "join texts p on p.id = e.path join texts t on t.id = e.target "
            f"where e.kind = ? and e.source = {_ID} and e.status < ?",
            (NUMBERS[kind], anchor, 4 if wanted else _PENDING),
        ):
            edge = Edge(_KINDS.get(to_kind, "users"), to_anchor)
            found.setdefault(path, {})[edge] = status == EdgeStatus.WRITTEN
        return found

    def save_edges(
        self, kind: Kind, anchor: str, path: str, edges: Iterable[Edge], *, sure: bool = True
    ) -> None:
        """Keep references as written, or as perhaps written."""
        found = list(edges)
        if not found:
            return
        status = EdgeStatus.WRITTEN if sure else EdgeStatus.PERHAPS
        with self.atomic():
            texts = [(anchor,), (path,), *[(edge.anchor,) for edge in found]]
            self.run_many("insert or ignore into texts (text) values (?)", texts)
            (source,), (of_path,) = self.query(
                f"select {_ID} union all select {_ID}", (anchor, path)
            )
            key = (NUMBERS[kind], source, of_path)
            self.run_many(
                f"delete from edges where kind=? and source=? and path=? and target={_ID} "
                f"and to_kind = 0",
                [(*key, edge.anchor) for edge in found],
            )
            self.run_many(
                f"insert or replace into edges values (?, ?, ?, {_ID}, ?, ?)",
                [(*key, edge.anchor, NUMBERS[edge.kind], int(status)) for edge in found],
            )
            self.open_again(kind, anchor)

    def drop_edges(self, kind: Kind, anchor: str, path: str, edges: Iterable[Edge]) -> None:
        """Forget references that are no longer at the target."""
        rows = [(NUMBERS[kind], anchor, path, edge.anchor, NUMBERS[edge.kind]) for edge in edges]
        if rows:
            with self.atomic():
                self.run_many(
                    f"delete from edges where kind=? and source={_ID} and path={_ID} "
                    f"and target={_ID} and to_kind=?",
                    rows,
                )
                self.open_again(kind, anchor)

    def count_edges(self, kind: Kind | None = None, paths: Iterable[str] | None = None) -> int:
        """Count the references that were written: all, or those of a kind at some paths."""
        if kind is None:
            return self.number("select count(*) from edges where status < 2")
        names = list(paths or ())
        marks = ", ".join("?" * len(names))
        return self.number(
            "select count(*) from edges where status < 2 and kind = ? "
            f"and path in (select id from texts where text in ({marks}))",
            (NUMBERS[kind], *names),
        )

    def has_due_edges(self) -> bool:
        """Tell whether somebody who is referred to has got an account since."""
        return bool(self.number("select exists(select 1 from edges where status = 3)"))

    def open_again(self, kind: Kind, anchor: str) -> None:
        """Let the next cycle evaluate an object anew: what is known of it has changed."""
        self.run("update records set fate = 0 where kind = ? and anchor = ?", kind, anchor)

    def _forget_edges(self, kind: Kind, anchor: str) -> None:
        """Forget what an account refers to; what refers to it waits for another one."""
        self.run(f"delete from edges where kind = ? and source = {_ID}", NUMBERS[kind], anchor)
        to_it = f"from edges where target = {_ID} and to_kind = ?"
        key = (anchor, NUMBERS[kind])
        self.run(
            f"insert or ignore into edges select kind, source, path, target, 0, {_PENDING} {to_it}",
            *key,
        )
        self.run(f"delete {to_it}", *key)

    def _wake_edges(self, anchor: str) -> None:
        """Note that somebody who is referred to has an account now."""
        self.run(
            f"update edges set status = {_DUE} where target = {_ID} and status = {_PENDING}", anchor
        )
