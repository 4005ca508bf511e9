"""SelectUniqueValue: for somebody without an account, the first value that nobody has yet."""

from collections.abc import Mapping
from dataclasses import replace

from provisioner.planning.matching import Hit, Matcher
from provisioner.planning.population import Rules, Wanted
from provisioner.targets.trouble import Trouble


class UniqueValues:
    """Chooses values for the creations of one plan; no two of them get the same."""

    def __init__(self, matcher: Matcher, rules: Rules) -> None:
        self._matcher = matcher
        self._rules = rules
        self._promised: set[tuple[str, str]] = set()

    def chosen(self, item: Wanted) -> Wanted:
        """Return the object with a free value in each place that wants one, or with the trouble.

        :raises TargetUnusable: when the target cannot be asked.
        """
        once: dict[str, object] = dict(item.once)
        wanting = self._rules.mapper.selecting & once.keys()
        if not wanting:
            return item
        for path in wanting:
            found = self._first_free(path, once)
            if isinstance(found, Trouble):
                return item.with_trouble(found)
            once[path] = found
        return replace(item, once=once)

    def _first_free(self, path: str, once: Mapping[str, object]) -> str | Trouble:
        candidates = once[path]
        values = [str(each) for each in candidates] if isinstance(candidates, list) else []
        for value in values:
            promise = path, self._rules.places.at(path).target.leaf.fold(value)
            if promise in self._promised:
                continue
            match = self._matcher.find_by([(path, value)])
            if match is None:
                self._promised.add(promise)
                return value
            if not isinstance(match, Hit) and match.code != "DuplicateTargetEntries":
                return match
        return Trouble(
            "NoUniqueValue",
            f"All values that the rules of {path} give are taken: {', '.join(values)}.",
            "Add a rule to SelectUniqueValue that gives another one.",
        )
