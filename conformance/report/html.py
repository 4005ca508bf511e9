"""The report as one page that stands for itself: it may be sent to a vendor as it is."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from itertools import groupby

from conformance.check import Status
from conformance.profiles.step import Step
from conformance.report.headings import heading, subject
from conformance.report.result import Report, Result
from conformance.report.verdict import Verdict
from conformance.visible import visible
from conformance.wire.exchange import Exchange

_FINDINGS = (Status.FAIL, Status.WARN, Status.NOTE, Status.ERROR)
_LONGEST = 4000
_MEANING = {
    Status.PASS: "kept",
    Status.FAIL: "a MUST is not kept",
    Status.WARN: "a SHOULD is not kept",
    Status.NOTE: "done another way, which is allowed",
    Status.SKIP: "not tried",
    Status.ERROR: "could not be judged",
}


def text(report: Report, *, accepted: Collection[str] = ()) -> str:
    """Return the page.

    :param accepted: ids of checks whose failure is known.
    """
    sections = [
        (heading(results[0].check), results)
        for _, grouped in groupby(report.results, key=lambda result: result.check.section)
        if (results := list(grouped))
    ]
    style = files(__package__).joinpath("page.css").read_text("utf-8")
    body = "\n".join(
        [
            _head(report, accepted),
            _providers(report.verdicts),
            _overview(sections),
            *(_section(title, results, accepted) for title, results in sections),
        ]
    )
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>SCIM conformance of {escape(report.endpoint)}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def _head(report: Report, accepted: Collection[str]) -> str:
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    kind, said = _banner(report, accepted)
    tally = "".join(
        f'<li title="{_MEANING[status]}"><b class="{status}">{count}</b> {status}</li>'
        for status, count in report.counts.items()
        if count
    )
    told = [f"{len(report.results)} checks", f"{report.requests} requests"]
    told += [f"{report.seconds:.1f} s", f"seed {report.seed}", when]
    left = "".join(f"<li><code>{escape(url)}</code></li>" for url in report.left_behind)
    return f"""\
<h1>SCIM 2.0 conformance</h1>
<p><code>{escape(report.endpoint)}</code></p>
<p class="soft small">{" · ".join(told)}</p>
<p class="banner {kind}">{escape(said)}</p>
<ul class="tally">{tally}</ul>
{f"<h2>Left behind on the endpoint</h2><ul>{left}</ul>" if left else ""}"""


def _banner(report: Report, accepted: Collection[str]) -> tuple[str, str]:
    counts = report.counts
    ending = f" The run stopped early: {report.stopped}." if report.stopped else ""
    steps = sum(verdict.failed for verdict in report.verdicts)
    broken = counts[Status.FAIL] - steps
    rules = "Every MUST of the RFCs that was tried is"
    if broken:
        rules = _counted(broken, "MUST of the RFCs is not", "MUSTs of the RFCs are not")
    failing = sum(verdict.works is False for verdict in report.verdicts)
    providers = _counted(failing, "identity provider", "identity providers")
    if counts[Status.FAIL]:
        also = f"; {providers} will not work" if failing else ""
        known = [r for r in report.results if r.status is Status.FAIL and r.check.id in accepted]
        also += f"; {len(known)} of these failures are known" if known else ""
        return "fail", f"{rules} kept{also}.{ending}"
    if report.stopped:
        return "warn", f"The run stopped early: {report.stopped}."
    if counts[Status.ERROR]:
        return "warn", "Not everything could be judged."
    if counts[Status.WARN]:
        return "warn", "Every MUST that was tried is kept; some recommendations are not."
    return "pass", "Every rule that was tried is kept."


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _providers(verdicts: Iterable[Verdict]) -> str:
    cards = "".join(_provider(verdict) for verdict in verdicts)
    return f'<h2>Identity providers</h2>\n<div class="cards">{cards}</div>' if cards else ""


def _provider(verdict: Verdict) -> str:
    kind = {True: "pass", False: "fail", None: "warn"}[verdict.works]
    said = verdict.summary.removeprefix(verdict.title).lstrip(" :")
    items = [(text, "") for text in verdict.consequences]
    items += [(text, ' class="soft"') for text in verdict.remarks]
    listed = "".join(f"<li{style}>{escape(text)}</li>" for text, style in items)
    return f"""
<div class="card"><h3>{escape(verdict.title)}</h3>
<p class="state {kind}">{escape(said)}</p>{f"<ul>{listed}</ul>" if listed else ""}</div>"""


def _overview(sections: list[tuple[str, list[Result]]]) -> str:
    there = {result.status for _, results in sections for result in results}
    shown = [status for status in Status if status in there]
    rows = "".join(_row(title, results, shown) for title, results in sections)
    head = "".join(f'<th class="n {status}">{status}</th>' for status in shown)
    return f"<h2>Sections</h2>\n<table><tr><th></th>{head}</tr>{rows}</table>"


def _row(title: str, results: list[Result], shown: list[Status]) -> str:
    cells = ""
    for status in shown:
        count = sum(result.status is status for result in results)
        cells += f'<td class="n {status}">{count}</td>' if count else '<td class="n none">·</td>'
    about = subject(results[0].check)
    named = f'<a href="#{_anchor(results)}">{escape(title)}</a> {escape(about)}'
    return f"\n<tr><td>{named.rstrip()}</td>{cells}</tr>"


def _section(title: str, results: list[Result], accepted: Collection[str]) -> str:
    found = [r for r in results if r.status in _FINDINGS]
    findings = "".join(_finding(r, known=r.check.id in accepted) for r in found)
    lists = _listed("passed", [r for r in results if r.status is Status.PASS])
    lists += _listed("not tried", [r for r in results if r.status is Status.SKIP])
    about = subject(results[0].check)
    named = escape(title) + (f' <span class="soft">{escape(about)}</span>' if about else "")
    return f'<h2 id="{_anchor(results)}">{named}</h2>\n{findings}{lists}'


def _anchor(results: list[Result]) -> str:
    return escape(results[0].check.section.replace("/", "-"), quote=True)


def _listed(word: str, results: list[Result]) -> str:
    if not results:
        return ""
    items = "".join(
        f"<li><code>{escape(r.check.id)}</code> {escape(r.check.requirement)}"
        + (f' <span class="soft">{escape(r.message)}</span>' if r.message else "")
        + "</li>"
        for r in results
    )
    return f"""
<details class="list"><summary>{len(results)} {word}</summary><ul>{items}</ul></details>"""


def _finding(result: Result, *, known: bool) -> str:
    check = result.check
    level = f"{check.level}, known" if known else str(check.level)
    rows = "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in _said(result))
    return f"""
<article class="finding {result.status}" id="{escape(check.id, quote=True)}">
<div class="head"><span class="mark {result.status}">{result.status.upper()}</span>
<code>{escape(check.id)}</code><span class="soft small">{level}</span></div>
<h3>{escape(check.requirement)}</h3>
<dl>{rows}</dl>
{_evidence(result)}</article>"""


def _said(result: Result) -> Iterator[tuple[str, str]]:
    if result.expected is None:
        yield "problem", escape(result.message)
    else:
        yield "expected", escape(result.expected)
        yield "actual", escape(result.actual or "")
    if result.consequence:
        yield "means", f"<strong>{escape(result.consequence)}</strong>"
    elif result.check.reason:
        yield "why", escape(result.check.reason)
    if isinstance(result.check, Step):
        yield "known from", escape(result.check.link)
    else:
        link = escape(result.check.link, quote=True)
        yield "text", f'<a href="{link}">{escape(heading(result.check))}</a>'


def _evidence(result: Result) -> str:
    shown = result.exchange
    if shown is None:
        return ""
    others = [exchange for exchange in result.exchanges if exchange is not shown]
    before = "".join(_exchange(exchange) for exchange in others)
    more = (
        f"<details><summary>{len(others)} other requests of this check</summary>{before}</details>"
    )
    return f"""\
<details><summary>Request and response</summary>
{_exchange(shown)}<p class="small soft">To repeat it:</p><pre>{escape(shown.curl)}</pre>
</details>{more if others else ""}
"""


def _exchange(exchange: Exchange) -> str:
    request = [f"{exchange.method} {exchange.url}", *_lines(exchange.request_headers)]
    if exchange.request_body is not None:
        request += ["", _short(exchange.request_body)]
    if exchange.status is None:
        response = [f"no answer: {exchange.failure}"]
    else:
        response = [str(exchange.status), *_lines(exchange.headers), "", _short(exchange.body)]
    return f"<pre>{escape(_joined(request))}</pre><pre>{escape(_joined(response))}</pre>"


def _lines(headers: dict[str, str]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers.items()]


def _joined(lines: list[str]) -> str:
    return visible("\n".join(lines).rstrip(), keep="\n\r\t")


def _short(body: str) -> str:
    return body if len(body) <= _LONGEST else f"{body[:_LONGEST]}… (the JSON report has more)"
