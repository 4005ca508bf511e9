"""What an account cannot be without is never taken away, and nobody is made without it.

That is what the schema requires (RFC 7643 §2.2), and whatever an account is matched by: with an
export that has lost a column, everybody would lose it at once.
"""

from dataclasses import replace

from provisioner.planning.action import Action
from provisioner.planning.permitted import parked
from provisioner.planning.population import Rules
from provisioner.targets.trouble import Trouble

MISSING = "MissingValues"


def completed(action: Action, rules: Rules) -> Action:
    """Return an action that takes nothing away that is needed; parked, if it would have.

    Taking somebody out of use is not held up by that.
    """
    if action.verb == "create":
        has = action.everything
        missing = sorted(path for path in rules.required if has.get(path) is None)
        return parked(action, _trouble(action, missing)) if missing else action
    needed = rules.required.union(rules.match)
    cleared = [each for each in action.changes if each.after is None and each.path in needed]
    if not cleared:
        return action
    if action.verb != "disable":
        return parked(action, _trouble(action, [each.path for each in cleared]))
    kept = {each.path: each.before for each in cleared}
    rest = tuple(each for each in action.changes if each not in cleared)
    return replace(action, changes=rest, values={**action.values, **kept})


def _trouble(action: Action, missing: list[str]) -> Trouble:
    return Trouble(
        MISSING,
        f"The source gives no value for {', '.join(missing)}, which {action.name} must have.",
        "Complete the source, or map it with a default.",
    )
