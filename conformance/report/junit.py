"""The report as JUnit XML, which CI servers show beside the tests of a build."""

import re
from collections.abc import Collection
from itertools import groupby
from xml.etree import ElementTree as ET

from conformance.check import Status
from conformance.report.headings import heading
from conformance.report.result import Report, Result
from conformance.report.words import told

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, even escaped."""


def text(report: Report, *, should: bool = False, accepted: Collection[str] = ()) -> str:
    """Return the document: a suite for each section, a case for each check.

    :param should: let an unmet SHOULD be a failure, too.
    :param accepted: ids of checks whose failure is known; they are told as skipped.
    """
    failing = {Status.FAIL, Status.WARN} if should else {Status.FAIL}
    root = ET.Element("testsuites", {"name": "scim-conformance"})
    for section, grouped in groupby(report.results, key=lambda result: result.check.section):
        results = list(grouped)
        suite = ET.SubElement(root, "testsuite", {"name": heading(results[0].check)})
        _properties(suite, report)
        for result in results:
            _case(suite, section, result, failing, accepted)
        _count(suite)
    if report.stopped:
        _stopped(root, report.stopped)
    _count(root)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _stopped(root: ET.Element, reason: str) -> None:
    """A run that ended early must not look like one that is well."""
    suite = ET.SubElement(root, "testsuite", {"name": "The run"})
    case = ET.SubElement(suite, "testcase", {"classname": "run", "name": "to its end"})
    ET.SubElement(case, "error", {"message": _clean(reason), "type": "stopped"})
    _count(suite)


def _properties(suite: ET.Element, report: Report) -> None:
    properties = ET.SubElement(suite, "properties")
    for name, value in (("endpoint", report.endpoint), ("seed", str(report.seed))):
        ET.SubElement(properties, "property", {"name": name, "value": _clean(value)})


def _case(
    suite: ET.Element,
    section: str,
    result: Result,
    failing: Collection[Status],
    accepted: Collection[str],
) -> None:
    name = result.check.id.rpartition("/")[2]
    case = ET.SubElement(
        suite,
        "testcase",
        # A dot divides packages in what reads this file: 3.3 is no child of 3.
        {
            "classname": section.replace(".", "_").replace("/", "."),
            "name": name,
            "time": f"{result.seconds:.3f}",
        },
    )
    if result.status in failing:
        if result.check.id in accepted:
            ET.SubElement(case, "skipped", {"message": _clean(f"known: {result.message}")})
        else:
            attributes = {"message": _clean(result.message), "type": result.check.level.value}
            ET.SubElement(case, "failure", attributes).text = _clean(told(result))
    elif result.status is Status.ERROR:
        attributes = {"message": _clean(result.message), "type": "error"}
        ET.SubElement(case, "error", attributes).text = _clean(told(result))
    elif result.status is Status.SKIP:
        ET.SubElement(case, "skipped", {"message": _clean(result.message)})
    elif result.message:
        ET.SubElement(case, "system-out").text = _clean(told(result))


def _count(element: ET.Element) -> None:
    cases = list(element.iter("testcase"))
    kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    element.set("tests", str(len(cases)))
    for attribute, tag in kinds.items():
        element.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    element.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")


def _clean(value: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", value)
