"""Intents: what is about to be sent is on disk before it is, and its result right after."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import orjson

from provisioner.planning.action import Action
from provisioner.state.sqlite import SqliteState
from scim_client import ScimError, TokenRefused, Unreachable, UsageError

# After these, nothing was done: there is no outcome to look into.
_NOT_DONE = (ScimError, Unreachable, UsageError, TokenRefused)

End = Callable[[str], None]


class Journal:
    """Writes intents and results of one cycle."""

    def __init__(self, state: SqliteState) -> None:
        self.cycle = 0
        self._state = state

    @contextmanager
    def intent(self, action: Action) -> Iterator[End]:
        """Write down an action; the block says how it ended, or leaves its outcome open."""
        number = self._state.begin_intent(self.cycle, *action.key, action.to_json())
        with self.resumed(number) as end:
            yield end

    def begin(self, actions: Iterable[Action]) -> Sequence[int]:
        """Write several actions down at once, and return the numbers of their intents."""
        rows = [(*each.key, orjson.dumps(each.to_json()).decode()) for each in actions]
        return self._state.begin_intents(self.cycle, rows)

    @contextmanager
    def resumed(self, number: int) -> Iterator[End]:
        """Surround an action that is written down already, as `intent` does."""

        def end(result: str) -> None:
            self._state.end_intent(number, result)

        try:
            yield end
        except _NOT_DONE:
            end("refused")
            raise
