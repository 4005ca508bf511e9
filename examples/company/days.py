"""The company on three mornings: the people with a story, and what happens to them overnight."""

from copy import deepcopy
from dataclasses import dataclass

from directory import DOMAIN, Dice, Directory, Person, object_id
from organisation import CLUBS, SITES, Hiring, groups, staff

SEED = 20240229
SITE = {site.city: site for site in SITES}


@dataclass(frozen=True)
class Role:
    """Somebody with a story; README.md tells it."""

    account: str
    given: str
    surname: str
    city: str
    team: str
    display: str = ""
    mail: str = ""
    enabled: str = "True"


CAST = (
    Role("zoe.martin-lefevre", "Zoë", "Martin-Lefèvre", "Zürich", "Sales/Europe"),
    Role("andrea.rossi", "Andrea", "Rossi", "London", "Finance/Accounting"),
    Role(
        "andrea.rossi",
        "Andrea",
        "Rossi",
        "London",
        "Finance/Accounting",
        display="Andrea Rossi (old)",
    ),
    Role("tomasz.wojcik", "Tomasz", "Wójcik", "Łódź", "IT/Network", enabled="False"),
    Role("anna.schmidt", "Anna", "Schmidt", "Zürich", "Marketing/Events"),
    Role(
        "hang.nguyen",
        "Thị Hằng",
        "Nguyễn",
        "Hà Nội",
        "Engineering/Platform",
        display="Nguyễn Thị Hằng",
    ),
    Role("xiaoming.wang", "小明", "王", "上海", "Research/研发", display="王小明"),
    Role(
        "isil.kilic",
        "Işıl",
        "Kılıç",
        "İstanbul",
        "Engineering/Mobile",
        mail="ISIL.KILIC@Contoso.example",
    ),
    Role(
        "bob.taylor",
        "Robert",
        "Taylor",
        "Seattle",
        "Sales/Americas",
        display='Robert "Bob" Taylor, Jr.',
    ),
    Role(
        "lucia.garcia",
        "Lucía",
        "García Márquez",
        "Málaga",
        "Support/Desk",
        display="García Márquez, Lucía (Málaga)",
    ),
    Role("sean.o'neill", "Seán", "O'Neill", "Dublin", "Engineering/Platform"),
    Role("suharti", "Suharti", "", "Seattle", "Support/Desk"),
    Role("mehmet.yildiz", "Mehmet", "Yıldız", "İstanbul", "Support/Field"),
    Role("maryam.haddad", "مريم", "حداد", "Dubai", "Sales/Asia"),
)
OLD_LEAVER = Role("siobhan.obrien", "Siobhán", "O'Brien", "Dublin", "People/Payroll")
CONTRACTOR = "elodie.dubois"
GUESTS = ("ada.novak", "felix.brandt", "priya.nair", "marco.bianchi", "yuki.tanaka", "tom.baker")


def three_days() -> tuple[Directory, Directory, Directory]:
    """Make the directory of each morning."""
    dice = Dice(SEED)
    told = {role.account for role in (*CAST, OLD_LEAVER)}
    hiring = Hiring(dice, told | {CONTRACTOR, "anna.mueller"})
    first = first_day(hiring)
    second = second_day(deepcopy(first), hiring)
    return first, second, third_day(deepcopy(second), first)


def first_day(hiring: Hiring) -> Directory:
    """Staff, the people with a story, guests, and one employee team run by a contractor."""
    directory = staff(hiring)
    directory.groups = groups()
    for number, role in enumerate(CAST):
        directory.add(_play(directory, hiring, role, number))
    for account in GUESTS:
        directory.add(_make_guest(hiring, account))
    contractor = directory.add(_make_guest(hiring, CONTRACTOR))
    contractor.givenName, contractor.displayName = "Élodie", "Élodie Dubois (Fabrikam)"
    contractor.clubs = {"project"}
    for person in _ordinary(directory, hiring.dice, 4, team="Research/Materials"):
        person.manager = contractor.objectId
    for person in _ordinary(directory, hiring.dice, 9, team="Engineering/Platform"):
        person.clubs.add("oncall")
    return directory


def _guest(account: str) -> str:
    return f"{account}_fabrikam.example#EXT#"


def _make_guest(hiring: Hiring, account: str) -> Person:
    name, given, surname = _guest(account), *account.title().split(".")
    guest = Person(
        object_id(f"guest {account}"), f"{name}@{DOMAIN}", given, surname, f"{given} {surname}"
    )
    guest.mail, guest.userType = f"{account}@fabrikam.example", "Guest"
    return hiring.seat(guest, SITE["London"])


def _role_id(role: Role, number: int) -> str:
    return object_id(f"role {number} {role.account}")


def _play(directory: Directory, hiring: Hiring, role: Role, number: int) -> Person:
    team = [p for p in directory.people.values() if p.team == role.team]
    lead = next(person for person in team if person.jobTitle.startswith("Lead"))
    person = Person(
        _role_id(role, number),
        f"{role.account}@{DOMAIN}",
        role.given,
        role.surname,
        role.display or f"{role.given} {role.surname}".strip(),
        mail=role.mail or f"{role.account}@{DOMAIN}",
        jobTitle="Specialist",
        department=lead.department,
        accountEnabled=role.enabled,
        manager=lead.objectId,
        team=role.team,
    )
    return hiring.seat(person, SITE[role.city])


def second_day(directory: Directory, hiring: Hiring) -> Directory:
    """One busy night: joiners, movers, leavers, and a returner."""
    for change in (_leavers, _movers, _joiners, _memberships):
        change(directory, hiring)
    _stories(directory, hiring)
    return directory


def third_day(directory: Directory, first: Directory) -> Directory:
    """Two come back: one was disabled, one had left; both had been provisioned."""
    directory.person("hang.nguyen").accountEnabled = "True"
    directory.add(deepcopy(first.person("lucia.garcia")))
    return directory


def _stories(directory: Directory, hiring: Hiring) -> None:
    directory.add(_play(directory, hiring, OLD_LEAVER, len(CAST)))
    married = directory.person("anna.schmidt")
    married.userPrincipalName = married.mail = f"anna.mueller@{DOMAIN}"
    married.surname, married.displayName = "Müller", "Anna Müller"
    directory.person("hang.nguyen").accountEnabled = "False"
    directory.leave(directory.person("lucia.garcia"))
    directory.person("mehmet.yildiz").userType = "Guest"
    hired = directory.person(_guest(CONTRACTOR))
    hired.userPrincipalName = hired.mail = f"{CONTRACTOR}@{DOMAIN}"
    hired.displayName, hired.userType = "Élodie Dubois", "Employee"
    hired.department, hired.team, hired.jobTitle = "Research", "Research/Materials", "Lead Alloys"


def _leavers(directory: Directory, hiring: Hiring) -> None:
    for person in _ordinary(directory, hiring.dice, 7):
        directory.leave(person)
    # A lead leaves too; the first of the team is promoted and takes over the others.
    lead = next(p for p in directory.people.values() if p.jobTitle == "Lead Payments")
    team = directory.reports_of(lead)
    directory.leave(lead)
    promoted = team[0]
    promoted.jobTitle, promoted.clubs = "Lead Payments", {*promoted.clubs, "approvers"}
    for person in team[1:]:
        person.manager = promoted.objectId


def _movers(directory: Directory, hiring: Hiring) -> None:
    leads = [p for p in directory.people.values() if p.jobTitle.startswith("Lead ")]
    for person in _ordinary(directory, hiring.dice, 12):
        lead = hiring.dice.pick([lead for lead in leads if lead.team != person.team])
        person.department, person.team, person.manager = lead.department, lead.team, lead.objectId
    for person in _ordinary(directory, hiring.dice, 6):
        person.jobTitle = f"Senior {person.jobTitle or 'Specialist'}"
    for person in _ordinary(directory, hiring.dice, 4):
        hiring.seat(person, hiring.dice.pick([s for s in SITES if s.city != person.city]))
    with_mobile = [p for p in _ordinary(directory, hiring.dice, 20) if p.mobile][:3]
    for person in with_mobile:
        person.mobile = ""
    given_mail = _ordinary(directory, hiring.dice, 3, team="Operations/Warehouse North")
    for person in given_mail:
        person.mail = person.userPrincipalName


def _joiners(directory: Directory, hiring: Hiring) -> None:
    leads = [p for p in directory.people.values() if p.jobTitle.startswith("Lead ")]
    for _ in range(9):
        lead = hiring.dice.pick(leads)
        directory.add(hiring.hire(lead.department, lead.team, "Trainee", lead.objectId))


def _memberships(directory: Directory, hiring: Hiring) -> None:
    for person in _ordinary(directory, hiring.dice, 15):
        person.clubs ^= {hiring.dice.pick(tuple(CLUBS))}
    directory.groups["Marketing/Brand"].displayName = "App-Marketing Brand & Design"
    directory.groups["waitlist"].displayName = "App-Parking Waitlist (closed)"
    directory.groups["Research"].nested += ("reading",)
    directory.groups["green"].nested = ()


def _ordinary(directory: Directory, dice: Dice, number: int, team: str = "") -> list[Person]:
    """Draw people without a story and without reports."""
    told = {_role_id(role, number) for number, role in enumerate((*CAST, OLD_LEAVER))}
    managers = {person.manager for person in directory.people.values()}
    free = [
        person
        for person in directory.people.values()
        if person.userType == "Employee"
        and person.objectId not in told | managers
        and team in ("", person.team)
    ]
    drawn: list[Person] = []
    while len(drawn) < number:
        drawn.append(free.pop(int(dice.random() * len(free))))
    return drawn
