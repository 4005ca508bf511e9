"""What a job lacks for its target, by the target's profile: told by `check`, not by a refusal."""

from collections.abc import Iterator, Mapping

from provisioner.job.fields import dotted
from provisioner.job.settings import ObjectRules, TargetSettings
from provisioner.record import Kind
from provisioner.targets import load_profile, profile_names
from provisioner.targets.paths import covered, covers
from provisioner.targets.profile import KindProfile


def check_profile(
    settings: TargetSettings, rules: Mapping[Kind, ObjectRules | None]
) -> Iterator[str]:
    """Yield a ``key: what is wrong`` line for each thing that the app demands or refuses."""
    if settings.profile not in profile_names():
        return
    profile = load_profile(settings.profile, settings.quirks)
    for kind, of_kind in rules.items():
        if of_kind is None:
            continue
        said = profile.kind(kind)
        if not said.offered:
            yield f"{kind}: the app has none over SCIM ({_source(settings)}); take the table out"
            continue
        yield from _check_required(kind, of_kind, said, settings)
        yield from _check_match(kind, of_kind, said, settings)


def _check_required(
    kind: Kind, rules: ObjectRules, said: KindProfile, settings: TargetSettings
) -> Iterator[str]:
    for path in said.required:
        if not any(covers(path, row.target) for row in rules.map):
            key = dotted(f"{kind}.map", path)
            yield f"{key}: is missing; the app demands it ({_source(settings)})"


def _check_match(
    kind: Kind, rules: ObjectRules, said: KindProfile, settings: TargetSettings
) -> Iterator[str]:
    for path in rules.match:
        if covered(said.strip, path):
            yield f"{kind}.match: {path!r} is never sent to the app ({_source(settings)})"
        elif said.filter_by and not _is_among(path, said.filter_by):
            known = ", ".join(said.filter_by)
            yield f"{kind}.match: {path!r}: the app can be asked for {known} ({_source(settings)})"


def _is_among(path: str, known: tuple[str, ...]) -> bool:
    return any(path.lower() == each.lower() for each in known)


def _source(settings: TargetSettings) -> str:
    own = " and target.quirks" if settings.quirks else ""
    return f"profile {settings.profile}{own}"
