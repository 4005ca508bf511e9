"""A badge for a README: a small SVG picture that stands for itself."""

from conformance.check import Status
from conformance.report.result import Report

_LABEL = "SCIM 2.0"
_GREEN, _YELLOW, _RED, _GREY = "#2f7d32", "#8a6100", "#b3261e", "#5f6368"
_WIDTH_OF_A_LETTER = 6.6
_AROUND = 12


def text(report: Report) -> str:
    """Return the picture."""
    said, colour = _message(report)
    left, right = (_width(part) for part in (_LABEL, said))
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" \
aria-label="{_LABEL}: {said}">
<title>{_LABEL}: {said}</title>
<clipPath id="r"><rect width="{left + right}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)">
<rect width="{left}" height="20" fill="#444"/>
<rect x="{left}" width="{right}" height="20" fill="{colour}"/>
</g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" \
font-size="11">
<text x="{left / 2:g}" y="14">{_LABEL}</text>
<text x="{left + right / 2:g}" y="14">{said}</text>
</g>
</svg>
"""


def _message(report: Report) -> tuple[str, str]:
    counts = report.counts
    tried = sum(counts[status] for status in (Status.PASS, Status.FAIL, Status.WARN))
    if report.stopped or not tried:
        return "unknown", _GREY
    if counts[Status.FAIL]:
        return f"{counts[Status.FAIL]} of {tried} fail", _RED
    if counts[Status.WARN]:
        return f"{counts[Status.PASS]} pass, {counts[Status.WARN]} warn", _YELLOW
    return f"{tried} of {tried} pass", _GREEN


def _width(text: str) -> int:
    return round(len(text) * _WIDTH_OF_A_LETTER) + _AROUND
