"""Each check as a test of one's own suite: `pytest --scim-url https://app.example/scim/v2`.

Nothing happens without `--scim-url`. A check that fails is a failed test, an unmet SHOULD an
expected failure (xfail), what is skipped a skipped test.
"""

# What judges is imported late: pytest loads this module in every project where the package is
# installed.
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.ways_in import WAYS, Way

if TYPE_CHECKING:
    from conformance.check import Check
    from conformance.choosing import Choice
    from conformance.report import Result
    from conformance.runner import Run
    from conformance.wire.access import Access

_LISTS = {
    "only": "Run only these: an id, a section or a profile's name.",
    "skip": "Do not run these.",
    "profile": "Replay what this identity provider sends, too; `all` for each.",
    "leave-out": "Do not touch resources of this type, such as Group.",
    "require": "A value that every resource must have, as PLACE=VALUE or a TOML file.",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, all of which begin with `--scim-`."""
    group = parser.getgroup("scim", "judge a SCIM endpoint")
    group.addoption("--scim-url", metavar="URL", help="Judge the SCIM endpoint at this base URL.")
    for way in WAYS:
        default = f" Default: {way.default}." if way.default else ""
        group.addoption(f"--scim-{way.name}", help=way.help + default, **_settings(way))
    for name, text in _LISTS.items():
        option = f"--scim-{name}"
        group.addoption(option, action="append", default=[], metavar="NAME", help=text)
    group.addoption("--scim-should", action="store_true", help="Let an unmet SHOULD fail, too.")
    group.addoption("--scim-read-only", action="store_true", help="Run only what changes nothing.")
    group.addoption("--scim-seed", type=int, help="Send the same random names as an earlier run.")


def _settings(way: Way) -> dict[str, Any]:
    """Return how pytest reads an option of the table that the command has, too."""
    if way.kind == "flag":
        return {"action": "store_true"}
    if way.kind == "texts":
        return {"action": "append", "default": [], "metavar": way.metavar}
    kinds = {"file": Path, "number": float, "text": str}
    return {"type": kinds[way.kind], "default": way.default, "metavar": way.metavar}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add a test for each check, before -k and -m choose among all."""
    if not config.getoption("scim_url"):
        return
    suite = Suite.from_parent(session, name="scim", nodeid="scim")
    items.extend(suite.collect())


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the endpoint that is judged."""
    url = config.getoption("scim_url")
    return f"scim endpoint: {url}" if url else None


class Finding(Exception):
    """The endpoint does not keep a rule."""

    def __init__(self, result: "Result") -> None:
        super().__init__(result.message)
        self.result = result


class Suite(pytest.Collector):
    """All checks that were chosen, against one endpoint."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._closing = ExitStack()
        self._run: Run | None = None
        self._problem: str | None = None
        self._known: dict[str, Result] = {}

    def collect(self) -> Iterable["CheckItem"]:
        """Return a test for each check."""
        from conformance.check import UnknownCheck
        from conformance.problems import CannotRun, UnknownProfile

        try:
            self._choice = self._chosen()
            self._access = self._accessed()
        except (UnknownCheck, UnknownProfile, CannotRun) as problem:
            raise pytest.UsageError(str(problem)) from problem
        steps = [s for p in self._choice.profiles for s in p.steps if s.id in self._choice.steps]
        return [
            CheckItem.from_parent(self, name=check.id, check=check)
            for check in [*self._choice.checks, *steps]
        ]

    def result(self, check: "Check") -> "Result":
        """Return the verdict of one check; the first one opens the endpoint.

        A profile is lived as a whole when the first of its steps is asked for: tests may come in
        any order.
        """
        run = self._opened()
        profile = next((p for p in self._choice.profiles if check in p.steps), None)
        if profile is None:
            return run.one(check)
        if check.id not in self._known:
            self._known |= {result.check.id: result for result in run.live(profile)}
        return self._known[check.id]

    def _chosen(self) -> "Choice":
        from conformance.choosing import choose

        option = self.config.getoption
        return choose(option("scim_only"), option("scim_skip"), option("scim_profile"))

    def _accessed(self) -> "Access":
        import click

        from conformance.commands.options import access_of

        option = self.config.getoption
        given = {way.key: option(f"scim_{way.key}") for way in WAYS}
        try:
            return access_of(given, read_only=option("scim_read_only"))
        except click.UsageError as problem:
            said = problem.message.replace("--", "--scim-")
            raise pytest.UsageError(said) from problem

    def _opened(self) -> "Run":
        from conformance.problems import CannotRun
        from conformance.runner import opened_run

        if self._run is None and self._problem is None:
            option = self.config.getoption
            opening = opened_run(
                option("scim_url"),
                self._access,
                seed=option("scim_seed"),
                leave_out=option("scim_leave_out"),
                require=option("scim_require"),
            )
            try:
                self._run = self._closing.enter_context(opening)
                self.config.add_cleanup(self._closing.close)
            except CannotRun as problem:
                self._problem = str(problem)
        if self._run is None:
            pytest.fail(self._problem or "", pytrace=False)
        return self._run


class CheckItem(pytest.Item):
    """One check."""

    def __init__(self, *, check: "Check", **given: Any) -> None:
        super().__init__(**given)
        self.check = check

    def runtest(self) -> None:
        """Run the check, and turn its verdict into that of a test."""
        from conformance.check import Status

        assert isinstance(self.parent, Suite)
        result = self.parent.result(self.check)
        self.user_properties.append(("scim_status", result.status.value))
        match result.status:
            case Status.SKIP:
                pytest.skip(result.message)
            case Status.NOTE:
                self.add_report_section("call", "note", result.message)
            case Status.WARN if not self.config.getoption("scim_should"):
                pytest.xfail(f"SHOULD: {result.message}")
            case Status.FAIL | Status.WARN | Status.ERROR:
                raise Finding(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Say what was expected, what came, and how to see it again."""
        if isinstance(excinfo.value, Finding):
            from conformance.report.words import told

            return told(excinfo.value.result)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the check where pytest names a test."""
        return self.path, None, self.check.id
