"""How the company is built: sites, departments, teams, and who reports to whom."""

from dataclasses import dataclass
from itertools import count

from directory import DOMAIN, Dice, Directory, Group, Person, object_id, spelling
from names import TRADITIONS, Tradition


@dataclass(frozen=True)
class Site:
    """A place of work, the language spoken there, and whose names are common."""

    city: str
    country: str
    language: str
    region: str
    area_code: int
    street: str
    postal_code: str
    traditions: tuple[str, ...]


SITES = tuple(
    Site(*row)
    for row in (
        # Line breaks and commas inside a cell: exports have them, and quote them.
        (
            "Seattle",
            "US",
            "en-US",
            "americas",
            206,
            "Contoso Tower\n1200 4th Avenue, Suite 9",
            "98101",
            ("english", "spanish", "vietnamese"),
        ),
        (
            "Montréal",
            "CA",
            "fr-CA",
            "americas",
            514,
            "75, rue de l'Hôpital",
            "H2Y 1V8",
            ("french",),
        ),
        (
            "São Paulo",
            "BR",
            "pt-BR",
            "americas",
            311,
            "Rua da Consolação 930",
            "01302-907",
            ("portuguese",),
        ),
        ("London", "GB", "en-GB", "isles", 207, "Flat 2, 9 King's Row", "EC4N 7AA", ("english",)),
        ("Dublin", "IE", "en-IE", "isles", 353, "4 St Stephen's Quay", "D02 XY00", ("irish",)),
        ("Zürich", "CH", "de-CH", "west", 443, "Bahnhofstraße 80", "8001", ("german", "french")),
        ("København", "DK", "da-DK", "west", 453, "Østergade 12", "1100", ("danish",)),
        ("Málaga", "ES", "es-ES", "west", 952, "Calle Larios 3, 2º", "29005", ("spanish",)),
        ("Łódź", "PL", "pl-PL", "east", 426, "ul. Piotrkowska 104", "90-926", ("polish",)),
        ("Kyiv", "UA", "uk-UA", "east", 443, "вул. Хрещатик, 22", "01001", ("ukrainian",)),
        ("Athens", "GR", "el-GR", "east", 210, "Οδός Ερμού 15", "105 63", ("greek",)),
        ("İstanbul", "TR", "tr-TR", "east", 212, "Çırağan Caddesi 7", "34349", ("turkish",)),
        ("Dubai", "AE", "ar-AE", "asia", 971, "شارع الشيخ زايد 1", "00000", ("arabic",)),
        ("Hà Nội", "VN", "vi-VN", "asia", 844, "25 Lý Thường Kiệt", "11000", ("vietnamese",)),
        ("上海", "CN", "zh-CN", "asia", 862, "南京东路100号", "200001", ("chinese",)),
    )
)

REGIONS = {
    "americas": "App-Region Americas",
    "isles": "App-Region British Isles",
    "west": "App-Region Western Europe",
    "east": "App-Region Eastern Europe",
    "asia": "App-Region Asia & Middle East",
}

# Department: its teams, how many people a team has beside its lead, and the job title there.
DEPARTMENTS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "Engineering": (("Platform", "Payments", "Mobile", "Quality"), 36, "Engineer"),
    "Sales": (("Europe", "Americas", "Asia"), 33, "Account Manager"),
    "Marketing": (("Brand", "Events"), 20, "Marketing Specialist"),
    "Finance": (("Accounting", "Controlling"), 17, "Accountant"),
    "People": (("Recruiting", "Payroll"), 12, "HR Partner"),
    "Operations": (("Warehouse North", "Warehouse South", "Facilities"), 31, ""),
    "Support": (("Desk", "Field"), 34, "Support Agent"),
    "Legal": ((), 9, "Counsel"),
    "Research": (("Materials", "研发"), 15, "Scientist"),
    "IT": (("Identity", "Network"), 13, "Administrator"),
}
TEAMS_WITHOUT_MAIL = ("Operations/Warehouse North", "Operations/Warehouse South")


class Hiring:
    """Makes people: each with a free userPrincipalName, an employee number and a desk phone."""

    def __init__(self, dice: Dice, reserved: set[str]) -> None:
        self.dice = dice
        self.taken = set(reserved)
        self.numbers = count(10001)

    def hire(self, department: str, team: str, title: str, manager: str) -> Person:
        """Draw a person for a team."""
        dice = self.dice
        site = dice.pick(SITES)
        tradition = TRADITIONS[dice.pick(site.traditions)]
        given, surname = dice.pick(tradition.given), dice.pick(tradition.surnames)
        account = self._free(f"{spelling(given.latin)}.{spelling(surname.latin)}")
        address = f"{account}@{DOMAIN}"
        person = Person(object_id(account), address, given.written, surname.written, "")
        self.seat(person, site)
        # Directories have gaps: now and then a display name, a mobile or a title was not filled in.
        if not dice.chance(0.06):
            person.displayName = _display(tradition, person)
        if dice.chance(0.4):
            person.mobile = f"+1 {site.area_code}-555-01{int(dice.random() * 100):02}"
        person.mail = "" if team in TEAMS_WITHOUT_MAIL else self._mail(account)
        person.department, person.team, person.manager = department, team, manager
        person.jobTitle = title
        return person

    def seat(self, person: Person, site: Site) -> Person:
        """Give a person a desk and its phone, and a newcomer an employee number."""
        person.employeeId = person.employeeId or f"C-{next(self.numbers)}"
        person.telephoneNumber = f"+1 {site.area_code}-555-01{person.employeeId[-2:]}"
        person.streetAddress, person.city = site.street, site.city
        person.postalCode, person.country = site.postal_code, site.country
        person.preferredLanguage, person.region = site.language, site.region
        return person

    def _free(self, account: str) -> str:
        free = next(
            name
            for name in (f"{account}{n if n > 1 else ''}" for n in count(1))
            if name not in self.taken
        )
        self.taken.add(free)
        return free

    def _mail(self, account: str) -> str:
        # Some were typed by hand long ago: the mapping lowers them.
        return (
            f"{account.title()}@Contoso.example" if self.dice.chance(0.1) else f"{account}@{DOMAIN}"
        )


def _display(tradition: Tradition, person: Person) -> str:
    return tradition.display.format(given=person.givenName, surname=person.surname)


def staff(hiring: Hiring) -> Directory:
    """Fill the company: a chief, ten heads of department, team leads, and their teams."""
    directory = Directory()
    chief = directory.add(hiring.hire("Executive", "", "Chief Executive Officer", ""))
    for department, (teams, size, title) in DEPARTMENTS.items():
        head = hiring.hire(department, department, f"Head of {department}", chief.objectId)
        head.clubs = {"approvers"}
        directory.add(head)
        for team in teams:
            lead = hiring.hire(department, f"{department}/{team}", f"Lead {team}", head.objectId)
            lead.clubs = {"approvers"}
            _fill(directory, hiring, directory.add(lead), size, title)
        if not teams:
            _fill(directory, hiring, head, size, title)
    return directory


def _fill(directory: Directory, hiring: Hiring, lead: Person, size: int, title: str) -> None:
    deputy = lead
    for number in range(size):
        # In long teams half of the people report to a deputy: one level more.
        manager = deputy if size > 25 and number > size // 2 else lead
        person = hiring.hire(lead.department, lead.team, title, manager.objectId)
        person.clubs = {club for club in CLUBS if hiring.dice.chance(CLUBS[club])}
        directory.add(person)
        if number == 0 and size > 25:
            person.jobTitle, deputy = f"Deputy {lead.jobTitle}", person


# Groups that people join whatever their department is, and how popular they are.
CLUBS = {
    "blue": 0.03,
    "green": 0.03,
    "reading": 0.05,
    "bikes": 0.04,
    "project": 0.06,
    "badges": 0.1,
}


def groups() -> dict[str, Group]:
    """Lay out the 48 groups, nested up to three deep, with one circle."""
    listed = [
        Group("everyone", "App-Contoso", "All employees", nested=("badges",)),
    ]
    for department, (teams, _, _) in DEPARTMENTS.items():
        keys = tuple(f"{department}/{team}" for team in teams)
        listed.append(Group(department, f"App-{department}", f"Department {department}", keys))
        listed += [Group(key, f"App-{key.replace('/', ' ')}", f"Team {key}") for key in keys]
    listed += [Group(key, name) for key, name in REGIONS.items()]
    listed += [
        Group("oncall", "App-Engineering On Call", "Nested in Platform, nested in Engineering"),
        Group("approvers", "App-Travel Approvers", "Was made by hand in the app before"),
        Group("blue", "App-Crew Blue", "In a circle with Green", nested=("green",)),
        Group("green", "App-Crew Green", "In a circle with Blue", nested=("blue",)),
        Group("reading", "App-读书会", "Reading circle, Shanghai"),
        Group("bikes", 'App-Bike "Club", Zürich', "Name with quotes, comma and umlaut"),
        Group("waitlist", "App-Parking Waitlist", "Nobody is in it"),
        Group("badges", "SEC-Badge Printers", "Out of scope, but nested in App-Contoso"),
        Group("guests", "All Guests", "Out of scope"),
    ]
    listed.append(Group("project", "App-Project Überblick", ""))
    by_key = {group.key: group for group in listed}
    by_key["Engineering/Platform"].nested = ("oncall",)
    return by_key
