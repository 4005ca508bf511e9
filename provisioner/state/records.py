"""What the source said when there was nothing more to do: what makes unchanged objects cheap."""

import json
from dataclasses import asdict

from provisioner.record import Kind
from provisioner.state import GoodRead
from provisioner.state.database import Database


class Records(Database):
    """The tables `records`, `keys` and `reads`; a cycle's staging fills the first two."""

    def has_open_records(self) -> bool:
        """Tell whether an object is left to be evaluated anew, whatever the source says."""
        return bool(self.number("select exists(select 1 from records where fate = 0)"))

    def blocked(self, kind: Kind) -> list[tuple[str, str]]:
        """Return anchor and name of those who are blocked in the source and have no account."""
        sql = "select anchor, name from records where kind = ? and fate = 2 order by anchor"
        return [(anchor, name) for anchor, name in self.query(sql, [kind])]

    def good_read(self) -> GoodRead | None:
        """Return the last read of the source after which nothing was left to do, if any."""
        rows = self.query("select fingerprint, configuration, counts from reads")
        return GoodRead(rows[0][0], rows[0][1], **self._document(rows[0][2])) if rows else None

    def save_good_read(self, read: GoodRead | None) -> None:
        """Remember a read after which nothing was left to do; None: there is something again."""
        if read is None:
            if self.good_read() is not None:
                self.run("delete from reads")
            return
        document = asdict(read)
        row = (document.pop("fingerprint"), document.pop("configuration"), json.dumps(document))
        self.run("insert or replace into reads values (1, ?, ?, ?)", *row)
