"""How the job itself is: its quarantine, incidents that were told, what its target can do."""

import json
from collections.abc import Mapping
from typing import Any

from provisioner.state.database import Database


class Health(Database):
    """The table `health`: one document for each thing that lasts from one run to the next."""

    def note(self, name: str) -> dict[str, Any] | None:
        """Return what was noted under a name, if anything."""
        rows = self.query("select document from health where name = ?", [name])
        return self._document(rows[0][0]) if rows else None

    def notes(self, prefix: str) -> dict[str, dict[str, Any]]:
        """Return what was noted under the names that begin so, by the rest of their names."""
        rows = self.query("select name, document from health order by name")
        return {
            name.removeprefix(prefix): self._document(document)
            for name, document in rows
            if name.startswith(prefix)
        }

    def save_note(self, name: str, document: Mapping[str, Any] | None) -> None:
        """Keep a document under a name; None forgets it."""
        if document is None:
            if self.note(name) is not None:
                self.run("delete from health where name = ?", name)
            return
        self.run("insert or replace into health values (?, ?)", name, json.dumps(dict(document)))
