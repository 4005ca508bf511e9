"""A job: one source, one target, mappings, scope and policy, read from one TOML file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from provisioner.job.checks import Parts, check_job, used_columns
from provisioner.job.file import parse_document, read_document
from provisioner.job.own_schemas import catalog_with
from provisioner.job.settings import (
    AlertSettings,
    JobError,
    ObjectRules,
    Policy,
    ScopeSettings,
    TargetSettings,
)
from provisioner.record import Kind
from provisioner.sources import settings_of
from provisioner.sources.settings import SourceSettings
from provisioner.targets import load_profile
from provisioner.targets.paths import sent_rows
from provisioner.watching.quarantine import Figures
from scim_protocol.catalog import Catalog


@dataclass(frozen=True)
class Job:
    """Everything that one job file says, checked in full before anything runs."""

    path: Path
    name: str
    source: SourceSettings
    target: TargetSettings
    scope: ScopeSettings
    users: ObjectRules
    groups: ObjectRules | None
    policy: Policy
    state_path: Path
    quarantine: Figures
    alerts: AlertSettings

    @classmethod
    def load(cls, path: str | Path) -> "Job":
        """Read and check a job file.

        :raises JobError: with every problem at once, each as ``file: key: what is wrong``.
        """
        file = Path(path)
        tables, problems = parse_document(read_document(file))
        job = cls._build(file, tables)
        problems += check_job(job._parts, whole=not problems)
        if problems:
            raise JobError([f"{file.name}: {problem}" for problem in problems])
        return job

    @classmethod
    def _build(cls, file: Path, tables: dict[str, Any]) -> "Job":
        """Build a job; where a file has problems, the rest of it is enough to find more."""
        folder, name = file.absolute().parent, tables.get("name", "")
        target = {"url": "", **tables.get("target", {})}
        if "token_file" in target:
            target["token_file"] = folder / target["token_file"]
        target["schemas"] = tuple(folder / each for each in target.get("schemas", ()))
        return cls(
            path=file,
            name=name,
            source=settings_of({"kind": "csv", **tables.get("source", {})}, folder),
            target=TargetSettings(**target),
            scope=ScopeSettings(**tables.get("scope", {})),
            users=_rules(tables.get("users", {})),
            groups=_rules(tables["groups"]) if "groups" in tables else None,
            policy=Policy(**tables.get("policy", {})),
            state_path=folder / tables.get("state", f"{name}.state.db"),
            quarantine=tables.get("quarantine", Figures()),
            alerts=tables.get("alerts", AlertSettings()),
        )

    @cached_property
    def catalog(self) -> Catalog:
        """The schemas that the target's resources follow: the RFC's, and those the job adds."""
        return catalog_with(self.target.schemas)

    @property
    def _parts(self) -> Parts:
        return Parts(
            self.source, self.target, self.scope, self.users, self.groups, self.policy.protected
        )

    def columns(self, kind: Kind) -> dict[str, str]:
        """Return each source attribute that is used, with the key of the job that names it."""
        return used_columns(kind, self._parts)

    def rules(self, kind: Kind) -> ObjectRules | None:
        """Return the rules for one kind of object, without rows that the target does not take.

        None if the job leaves that kind alone.
        """
        rules = self.users if kind == "users" else self.groups
        if rules is None:
            return None
        profile = load_profile(self.target.profile, self.target.quirks)
        return replace(rules, map=sent_rows(rules.map, profile.kind(kind)))


def _rules(table: Mapping[str, Any]) -> ObjectRules:
    return ObjectRules(
        tuple(table.get("match", ())), tuple(table.get("map", ())), table.get("nested", "keep")
    )
