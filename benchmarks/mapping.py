"""How fast a job's expressions map people, beside a Python function written by hand.

Both map the same records to the same resources, twelve attributes of the usual kinds; the job's
mapping is read once, as in a run. Prints users per second of each, and the ratio.
"""

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from provisioner.job.settings import MappingRow, ObjectRules
from provisioner.language.mapping import Mapper, build_resource
from provisioner.record import Record
from scim_protocol import urns
from scim_protocol.catalog import Catalog

USERS = 20_000
ROUNDS = 7
E = urns.ENTERPRISE_USER
MAP = {
    "userName": "ToLower([userPrincipalName])",
    "externalId": "[objectId]",
    "displayName": 'Coalesce([displayName], Join(" ", [givenName], [surname]))',
    "active": 'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
    "title": 'IIF([department] = "Research", Append([jobTitle], " (R&D)"), [jobTitle])',
    "name.givenName": "NormalizeDiacritics([givenName])",
    "name.familyName": "[surname]",
    "preferredLanguage": 'Replace([language], "-", , , "_", , )',
    'emails[type eq "work"].value': "ToLower([mail])",
    'phoneNumbers[type eq "work"].value': 'Join(" ", "+46", [phone])',
    f"{E}:department": "[department]",
    f"{E}:employeeNumber": "Mid([employeeId], 1, 8)",
}
MARKS = str.maketrans("åäöéüøÅÄÖÉÜ", "aaoeuoAAOEU")


def record(number: int) -> Record:
    given, surname = ("Zoë", "Öhman") if number % 3 else ("Ada", "Lovelace")
    attributes = {
        "objectId": f"id-{number:08}",
        "userPrincipalName": f"User{number}@Contoso.example",
        "displayName": None if number % 4 == 0 else f"{given} {surname}",
        "givenName": given,
        "surname": surname,
        "mail": f"User{number}@Contoso.example",
        "jobTitle": "Engineer",
        "department": "Research" if number % 2 else "Sales",
        "employeeId": f"{number:010}",
        "language": "en-US",
        "phone": f"40 {number}",
    }
    return Record("users", f"id-{number:08}", attributes, f"line {number}")


def by_hand(attributes: Mapping[str, Any], soft_deleted: bool) -> dict[str, Any]:
    """Do what `MAP` says, as somebody would write it who needs nothing else."""
    title = attributes["jobTitle"]
    if attributes["department"] == "Research":
        title += " (R&D)"
    return {
        "schemas": [urns.USER, E],
        "userName": attributes["userPrincipalName"].lower(),
        "externalId": attributes["objectId"],
        "displayName": attributes["displayName"]
        or " ".join(filter(None, (attributes["givenName"], attributes["surname"]))),
        "active": not soft_deleted,
        "title": title,
        "name": {
            "givenName": attributes["givenName"].replace("ë", "e").translate(MARKS),
            "familyName": attributes["surname"],
        },
        "preferredLanguage": attributes["language"].replace("-", "_"),
        "emails": [{"type": "work", "value": attributes["mail"].lower()}],
        "phoneNumbers": [{"type": "work", "value": f"+46 {attributes['phone']}"}],
        E: {
            "department": attributes["department"],
            "employeeNumber": attributes["employeeId"][:8],
        },
    }


def rate(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return USERS / (time.perf_counter() - start)


def main() -> int:
    records = [record(number) for number in range(USERS)]
    model = Catalog.standard().models["User"]
    rows = tuple(MappingRow(target, text) for target, text in MAP.items())
    mapper = Mapper(ObjectRules(("userName",), rows), model)
    for each in records[:50]:
        mapped = build_resource(mapper.map(each, soft_deleted=False).values, model)
        assert mapped == by_hand(each.attributes, False), (mapped, by_hand(each.attributes, False))

    def by_job() -> None:
        for each in records:
            mapper.map(each, soft_deleted=False)

    def by_function() -> None:
        for each in records:
            by_hand(each.attributes, False)

    pairs = [(rate(by_job), rate(by_function)) for _ in range(ROUNDS)]
    job, hand = (statistics.median(each) for each in zip(*pairs, strict=True))
    print(f"{len(MAP)} attributes, {USERS} users, median of {ROUNDS} rounds")
    print(f"{'by the expressions of a job':<32}{job:>12,.0f} users/s")
    print(f"{'by a function written by hand':<32}{hand:>12,.0f} users/s")
    print(f"{'ratio (to reach: 0.2)':<32}{job / hand:>12.2f}")
    return 0 if job / hand >= 0.2 else 1


if __name__ == "__main__":
    sys.exit(main())
