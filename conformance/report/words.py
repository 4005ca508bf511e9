"""A finding in a few lines of text, for reports that have no form of their own."""

from conformance.report.result import Result


def told(result: Result) -> str:
    """Return the rule, what was expected, what came, what it means, and how to see it again."""
    lines = [f"{result.check.level}: {result.check.requirement}"]
    if result.expected is not None:
        lines += [f"expected: {result.expected}", f"actual:   {result.actual}"]
    else:
        lines.append(result.message)
    if result.consequence:
        lines.append(f"means:    {result.consequence}")
    if result.exchange is not None:
        lines.append(f"try:      {result.exchange.curl}")
    return "\n".join(lines)
