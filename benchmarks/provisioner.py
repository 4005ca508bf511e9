"""Measure the provisioning engine: goals G1 to G9, the number to reach beside the one reached.

    python -m benchmarks.provisioner [--size S|M|L] [--only G2 --only G5] [--memory-at XL]

The engine runs as a user runs it: the command `scim-provisioner` in a process of its own, whose
wall time, processor time and greatest memory are taken. It speaks to the fake target of
`tests/rig`, in a process of its own too, whose log is what requests and bytes are counted by. The
ceiling that G7 is a share of is measured in the same run: bare `requests` sessions that send the
same bodies.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from math import ceil
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.bench import Bench, Cost, Row, a_bench, bare_ceiling
from provisioner.targets import load_profile
from provisioner.targets.profile import RateLimit
from tests.rig.company import SIZES, Company, Size, groups_of, write_size
from tests.rig.control import Request

MEMBERS_PER_REQUEST = 100


# The goals ---------------------------------------------------------------------------------------


def load_and_repeat(bench: Bench) -> None:
    """Do an initial load as fast as it goes (G7), and two cycles without a change (G1, G2)."""
    ceiling, bare = bare_ceiling(bench)
    bench.begin(bench.size)
    cost, log = bench.counted(bench.run)
    rate = len(log) / cost.seconds
    bench.report(
        "G7",
        f"initial load of {bench.name}, {len(log):,} requests in {cost.seconds:,.1f} s, "
        f"{cost.megabytes:.0f} MB: share of what bare requests reach ({ceiling:,.0f}/s)",
        "≥ 70 %",
        f"{rate / ceiling:.0%} ({rate:,.0f}/s)",
        rate >= 0.7 * ceiling,
    )
    each = cost.processor / len(log)
    bench.report(
        "G7",
        f"the same in processor time, of bare requests: {bare * 1000:.2f} ms each",
        "≥ 70 %",
        f"{bare / each:.0%} ({each * 1000:.2f} ms)",
        bare / each >= 0.7,
    )
    initial_members(bench, log)
    cost, log = bench.counted(bench.run)
    bench.report(
        "G1",
        f"no-change cycle of {bench.name}, files untouched",
        "0 requests, ≤ 1 s",
        _without_change(cost, log),
        not log and cost.seconds <= 1,
    )
    write_size(bench.folder, bench.size)  # the same, and new as far as the file system knows
    cost, log = bench.counted(bench.run)
    bench.report(
        "G2",
        f"no-change cycle of {bench.name}, files written anew",
        "0 requests, ≤ 6 s, ≤ 120 MB",
        _without_change(cost, log),
        not log and cost.seconds <= 6 and cost.megabytes <= 120,
    )


def _without_change(cost: Cost, log: list[Request]) -> str:
    seconds = f"{cost.seconds:.2f} s ({cost.processor:.2f} s of processor time)"
    return f"{len(log)} requests, {seconds}, {cost.megabytes:.0f} MB"


def initial_members(bench: Bench, log: list[Request]) -> None:
    """Count what the groups of an initial load cost (the second half of G6)."""
    size = bench.size
    of_groups = [each for each in log if "/Groups" in each.path and each.writes]
    numbers = [len(row["members"].split(";")) for row in groups_of(size)]
    wanted = size.groups + sum(ceil(number / MEMBERS_PER_REQUEST) for number in numbers)
    bench.report(
        "G6",
        f"POST and PATCH for {size.groups:,} groups, {sum(numbers):,} memberships, "
        f"{MEMBERS_PER_REQUEST} a request",
        f"≤ {wanted:,}",
        f"{len(of_groups):,}",
        len(of_groups) <= wanted,
    )


def audit(bench: Bench) -> None:
    """Hold the whole target against what was written (G3), and find all of it again (G22)."""
    size, page = SIZES["M"] if bench.name != "S" else bench.size, 100
    bench.begin(size, page_size=page)
    bench.target.change(versions=True)
    bench.run()
    bench.command("audit", "job.toml", "--repair")  # from now on it knows the groups' versions
    wanted = ceil(size.users / page) + ceil(size.groups / page) + 1
    what = f"reads of an audit of {size.users:,} users, {size.groups:,} groups, pages of {page}"
    reads_of(bench, "G3", what, wanted, lambda: bench.command("audit", "job.toml"))
    for file in bench.folder.glob("*.state.db*"):
        file.unlink()
    reads_of(bench, "G3", "reads of a cycle whose state is lost (G22)", wanted, bench.run)


def reads_of(bench: Bench, goal: str, what: str, wanted: int, act: Callable[[], Cost]) -> None:
    """Count what is asked of the target."""
    cost, log = bench.counted(act)
    reads = sum(not each.writes for each in log)
    reached = f"{reads:,} in {cost.seconds:.1f} s"
    bench.report(goal, what, f"≤ {wanted:,}", reached, reads <= wanted)


def changes(bench: Bench) -> None:
    """Count requests and bytes of single changes (G4, G5)."""
    bench.begin(replace(SIZES["S"], users=500, groups=20, memberships=400))
    bench.run()
    _learn_the_target(bench)
    for name, change, formula in CHANGES:
        company = Company(bench.folder, Size(500, 20, 400))
        write_all(bench, company)
        bench.run()
        change(company)
        write_all(bench, company)
        _, log = bench.counted(bench.run)
        bench.report("G4", name, f"≤ {formula}", str(len(log)), len(log) <= formula)
    one_attribute(bench)
    big_group(bench)


def _learn_the_target(bench: Bench) -> None:
    """Let the first change of each sort go by: what it shows of a target is asked for once."""
    company = Company(bench.folder, Size(500, 20, 400))
    company.people["p9"]["department"] = "Elsewhere"
    company.people["p10"]["accountEnabled"] = "false"
    group = company.groups["g2"]
    group["members"] = group["members"].partition(";")[2]
    write_all(bench, company)
    bench.run()


def write_all(bench: Bench, company: Company) -> None:
    """Write a company to the bench's files."""
    company.folder = bench.folder
    company.write()


def _join(company: Company) -> None:
    company.join(random.Random(1))
    company.people["p500"]["manager"] = ""


def _update(company: Company) -> None:
    company.people["p3"]["department"] = "Elsewhere"


def _disable(company: Company) -> None:
    company.people["p4"]["accountEnabled"] = "false"


def _rename(company: Company) -> None:
    company.people["p6"]["userPrincipalName"] = "renamed@contoso.example"


def _members(company: Company) -> None:
    row = company.groups["g1"]
    row["members"] = ";".join(f"p{number}" for number in range(100, 350) if number % 33 != 7)


CHANGES: tuple[tuple[str, Callable[[Company], None], int], ...] = (
    ("one person joins, the target not listed", _join, 2),
    ("one attribute changes", _update, 1),
    ("one person is blocked", _disable, 1),
    ("one person is renamed", _rename, 1),
    ("a group gets about 240 other members", _members, 4),
)


def one_attribute(bench: Bench) -> None:
    """Count the bytes of the change of one attribute."""
    company = Company(bench.folder, Size(500, 20, 400))
    company.people["p3"]["jobTitle"] = "Chief of something"
    write_all(bench, company)
    bench.run()
    company.people["p3"]["jobTitle"] = "Chief of something else"
    write_all(bench, company)
    _, log = bench.counted(bench.run)
    size = sum(each.bytes for each in log)
    bench.report("G5", "body bytes of one attribute's change", "≤ 400", str(size), size <= 400)


def big_group(bench: Bench) -> None:
    """Count the bytes of adding one member to a big group."""
    members = {"S": 1_000, "M": 5_000}.get(bench.name, 50_000)
    size = Size(members + 100, 1, members)
    bench.begin(size)
    company = Company(bench.folder, size)
    everybody = [name for name, row in company.people.items() if row["accountEnabled"] == "true"]
    employed = [name for name in everybody if company.people[name]["userType"] == "Employee"]
    company.groups["g0"]["members"] = ";".join(employed[:-1])
    write_all(bench, company)
    bench.run()
    company.groups["g0"]["members"] = ";".join(employed)
    write_all(bench, company)
    _, log = bench.counted(bench.run)
    sent = sum(each.bytes for each in log)
    bench.report(
        "G5",
        f"body bytes of one member more in a group of {len(employed) - 1:,}",
        "≤ 500",
        f"{sent} in {len(log)} requests",
        sent <= 500,
    )


def latency_bound(bench: Bench) -> None:
    """Load a target that takes 50 ms an answer, 32 requests at once (G6)."""
    users = bench.size.users
    latency, at_once = 0.05, 32
    bench.begin(Size(users, 1, 1), concurrency=at_once)
    bench.target.change(latency=latency)
    cost, log = bench.counted(bench.run)
    created = sum(each.method == "POST" for each in log)
    bound, of_requests = created * latency / at_once, len(log) * latency / at_once
    bench.report(
        "G6",
        f"{created:,} creations, {len(log):,} requests, 50 ms each, {at_once} at once: share of "
        f"the bound of one request a creation ({bound:.1f} s)",
        "≥ 90 %",
        f"{bound / cost.seconds:.0%} ({cost.seconds:.1f} s)",
        bound / cost.seconds >= 0.9,
    )
    bench.report(
        "G6",
        "the same, as a share of the bound of the requests that were sent",
        "≥ 90 %",
        f"{of_requests / cost.seconds:.0%}",
        of_requests / cost.seconds >= 0.9,
    )


SPEED = 60  # how many times as fast as Slack's the clock of the target of G8 is
SLACK = load_profile("slack-v2").rate.limits


def rate_limited(bench: Bench) -> None:
    """Load a target that has the limits of Slack, which its profile names, in scaled time (G8)."""
    users = {"S": 1_000}.get(bench.name, 3_000)
    bench.begin(Size(users, 1, 1), concurrency=8, target=_as_published(SLACK))
    bench.target.change(buckets=[_bucket(limit) for limit in SLACK])
    _, log = bench.counted(bench.run)
    limit = next(each for each in SLACK if each.path and "POST" in each.methods)
    counted = [each for each in log if each.method == "POST" and limit.path in each.path]
    granted = sum(each.status != TOO_MANY for each in counted)
    refused = [each for each in log if each.status == TOO_MANY]
    seconds = counted[-1].time - counted[0].time
    used = granted / (limit.requests / limit.seconds * SPEED * seconds + limit.burst)
    early = sum(_too_early(each.time, refused) for each in log)
    what = f"share of what Slack takes that is used, {granted:,} creations, time x{SPEED}"
    bench.report("G8", what, "≥ 97 %", f"{used:.1%}", used >= 0.97)
    share = len(refused) / len(log)
    what = f"answers that are 429, of {len(log):,}"
    bench.report("G8", what, "≤ 0.5 %", f"{share:.2%}", share <= 0.005)
    bench.report("G8", "requests sent before a Retry-After was over", "0", str(early), early == 0)
    unnamed_limits(bench, users)


def unnamed_limits(bench: Bench, users: int) -> None:
    """Load a target with the same limits, which nobody names: the first run finds them out."""
    bench.begin(Size(users, 1, 1), concurrency=8)
    bench.target.change(buckets=[_bucket(limit) for limit in SLACK])
    for what, more in (("", 0), (", the run after that", users // 2)):
        write_size(bench.folder, Size(users + more, 1, 1))
        _, log = bench.counted(bench.run)
        refused = sum(each.status == TOO_MANY for each in log)
        made = [each for each in log if each.method == "POST" and each.status == CREATED]
        rate = len(made) / (made[-1].time - made[0].time)
        share = refused / len(log)
        bench.report(
            "G8",
            f"answers that are 429 where nobody names a limit, of {len(log):,}{what}",
            "≤ 0.5 %",
            f"{share:.2%}, {rate:.0f} creations/s",
            share <= 0.005,
        )


def _as_published(limits: Iterable[RateLimit]) -> str:
    """Return what a job says of its target: Slack, with limits as they are in scaled time.

    Unlike Slack it can be asked for the `externalId` of groups, as the job of the rig does.
    """
    groups = '[target.quirks.groups]\nfilter_by = ["displayName", "externalId"]'
    tables = [
        f"[[target.quirks.rate.limits]]\nrequests = {each.requests:g}\n"
        f"seconds = {each.seconds / SPEED:g}\nburst = {each.burst}\n"
        f"methods = {list(each.methods)}\n" + (f"path = '{each.path}'" if each.path else "")
        for each in limits
    ]
    return "\n".join(['profile = "slack-v2"', groups, *tables])


def _bucket(limit: RateLimit) -> dict[str, Any]:
    rate = limit.requests / limit.seconds * SPEED
    named = {"methods": list(limit.methods), "path": limit.path}
    return {"rate": rate, "burst": limit.burst, "speed": SPEED, **named}


CREATED, TOO_MANY = 201, 429
RETRY_AFTER = 1 / SPEED  # the least that this target asks for: a second of its own
ON_THEIR_WAY = 0.005  # what had left before the 429 was read


def _too_early(moment: float, refused: list[Request]) -> bool:
    return any(
        each.time + ON_THEIR_WAY < moment < each.time + RETRY_AFTER - ON_THEIR_WAY
        for each in refused
    )


def memory(bench: Bench, large: str) -> None:
    """Compare the memory of a no-change cycle at two sizes (G9)."""
    reached = {}
    for name in ("S", large):
        bench.begin(SIZES[name], concurrency=16)
        first = bench.run()
        write_size(bench.folder, SIZES[name])
        reached[name] = (first.megabytes, bench.run().megabytes)
    for number, what in enumerate(("initial load", "no-change cycle")):
        more = reached[large][number] - reached["S"][number]
        bench.report(
            "G9",
            f"memory of {what}: {large} less S",
            "≤ 150 MB (XL)",
            f"{reached[large][number]:.0f} - {reached['S'][number]:.0f} = {more:.0f} MB",
            more <= 150,
        )


def table(rows: list[Row]) -> Table:
    """Return what is printed."""
    shown = Table("goal", "what", "to reach", "reached", "", title="The provisioning engine")
    for row in sorted(rows, key=lambda row: row.goal):
        mark = {True: "yes", False: "no", None: ""}[row.well]
        shown.add_row(row.goal, row.what, row.wanted, row.reached, mark)
    return shown


@click.command(help=__doc__)
@click.option("--size", type=click.Choice(["S", "M", "L"]), default="M", show_default=True)
@click.option("--memory-at", type=click.Choice(["M", "L", "XL"]), default=None, help="For G9.")
@click.option("--only", multiple=True, metavar="G", help="Only the measurement of these goals.")
def main(size: str, memory_at: str | None, only: tuple[str, ...]) -> None:
    large = memory_at or ("L" if size == "L" else "M")
    parts: dict[str, Callable[[Bench], None]] = {
        "G1 G2 G7": load_and_repeat,
        "G3": audit,
        "G4 G5": changes,
        "G6": latency_bound,
        "G8": rate_limited,
        "G9": lambda bench: memory(bench, large),
    }
    with a_bench(size) as bench:
        for goals, measure in parts.items():
            if not only or set(only) & set(goals.split()):
                measure(bench)
    Console(width=120).print(table(bench.rows))


if __name__ == "__main__":
    main()
