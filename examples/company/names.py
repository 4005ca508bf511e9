"""Common given names and surnames, mixed at random into people who do not exist.

A name is written `name` or `name=spelling`, where the spelling is what an e-mail address uses when
the name is not in Latin letters.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    """One name, in its own script and as an e-mail address spells it."""

    written: str
    latin: str


@dataclass(frozen=True)
class Tradition:
    """Names of one language, and how a display name is put together from them."""

    given: tuple[Name, ...]
    surnames: tuple[Name, ...]
    display: str = "{given} {surname}"


def _names(text: str) -> tuple[Name, ...]:
    pairs = (entry.partition("=") for entry in text.split(";"))
    return tuple(Name(written.strip(), (latin or written).strip()) for written, _, latin in pairs)


def _tradition(given: str, surnames: str, display: str = "{given} {surname}") -> Tradition:
    return Tradition(_names(given), _names(surnames), display)


TRADITIONS = {
    "english": _tradition(
        "Alice; Amelia; Charlotte; Emily; Grace; Hannah; Mary-Jane; Olivia; Ruth; Sophie;"
        "Adam; Ben;"
        "Daniel; George; Harry; Jack; James; Oliver; Samuel; William",
        "Smith; Jones; Taylor; Brown; Wilson; Evans; Walker; Wright; Green; Hall; Wood;"
        "Clarke; Ward;"
        "Smith-Jones; St. John; Turner; Parker; Cooper",
    ),
    "irish": _tradition(
        "Aoife; Ciara; Niamh; Saoirse; Sinéad; Cian; Conor; Eoin; Oisín; Seán; Pádraig; Róisín",
        "O'Brien; O'Connor; O'Neill; Murphy; Byrne; Ó Súilleabháin; Kelly; McCarthy;D'Arcy; Ryan",
    ),
    "french": _tradition(
        "Amélie; Anaïs; Chloé; Éloïse; Françoise; Hélène; Noëlle; Zoé; André; François; Jérôme;"
        "Loïc; Jean-Pierre; Rémi; Théo; Benoît",
        "Dubois; Lefèvre; Côté; Gagné; Bélanger; L'Écuyer; Tremblay; Bouchard; Lévesque;"
        "d'Amours;"
        "Saint-Pierre; Girard; Hébert",
    ),
    "german": _tradition(
        "Anja; Bärbel; Heike; Jürgen; Käthe; Lukas; Jörg; Ursula; Götz; Sabine; Björn;"
        "Martin; Ulrike",
        "Müller; Schäfer; Weiß; Köhler; Jäger; Schröder; Groß; Vogel; Meier-Lüthi; Böhm;"
        "Frei; Zürcher",
    ),
    "danish": _tradition(
        "Søren; Åse; Jørgen; Mette; Bjørn; Kirsten; Asbjørn; Freja; Rasmus; Sofie; Niels; Ingrid",
        "Sørensen; Jørgensen; Nielsen; Østergaard; Nørgaard; Holm; Kjær; Møller;Bjerregaard; Skov",
    ),
    "polish": _tradition(
        "Łukasz; Małgorzata; Paweł; Agnieszka; Grażyna; Michał; Stanisław; Zofia; Józef;"
        "Bożena; Kinga",
        "Wójcik; Kowalczyk; Wiśniewski; Zieliński; Jabłoński; Dąbrowski; Łuczak;"
        "Pawłowski; Gołąb;"
        "Ślusarczyk; Król",
    ),
    "portuguese": _tradition(
        "João; Antônio; Luís; Sebastião; Conceição; Fátima; Inês; Júlia; Letícia; Thaís;"
        "Caio; Renato",
        "Gonçalves; Araújo; Magalhães; Simões; Conceição; da Silva; dos Santos; de Souza;"
        "Falcão; Leão",
    ),
    "turkish": _tradition(
        "Işıl; İbrahim; Çağla; Gülşen; Ömer; Şebnem; Tuğba; Yiğit; İrem; Kıvanç; Ayşe;"
        "Mehmet; Ilgın",
        "Yılmaz; Kılıç; Şahin; Öztürk; Çelik; Işık; Aydın; Doğan; İnan; Güneş; Kaplan",
    ),
    "spanish": _tradition(
        "Lucía; José; María José; Íñigo; Begoña; Andrés; Sofía; Raúl; Inés; Martín;Nuria; Joaquín",
        "García Márquez; Núñez; Muñoz; Ibáñez; Peña; de la Cruz; Gómez; Fernández;Vázquez; Ortiz",
    ),
    "vietnamese": _tradition(
        "Thị Hằng; Văn Dũng; Minh Tuấn; Ngọc Ánh; Quốc Việt; Thu Hà; Thanh Thủy;Xuân Phúc; Mỹ Lệ",
        "Nguyễn; Trần; Lê; Phạm; Huỳnh; Võ; Đặng; Bùi; Đỗ; Ngô",
        "{surname} {given}",
    ),
    "chinese": _tradition(
        "伟=Wei; 芳=Fang; 秀英=Xiuying; 敏=Min; 静=Jing; 丽=Li; 强=Qiang; 磊=Lei; 小明=Xiaoming;"
        "建国=Jianguo; 雪=Xue; 思远=Siyuan",
        "王=Wang; 李=Li; 张=Zhang; 刘=Liu; 陈=Chen; 杨=Yang;"
        " 赵=Zhao; 黄=Huang; 欧阳=Ouyang; 司马=Sima",
        "{surname}{given}",
    ),
    "arabic": _tradition(
        "فاطمة=Fatima; مريم=Maryam; ليلى=Layla; نور=Nour; محمد=Mohammed; أحمد=Ahmed; يوسف=Yousef;"
        "خالد=Khaled; عمر=Omar; سلمى=Salma",
        "الخطيب=Alkhatib; حداد=Haddad; النجار=Alnajjar; منصور=Mansour; عبد الله=Abdullah;"
        "الشريف=Alsharif; سالم=Salem; ناصر=Nasser",
    ),
    "ukrainian": _tradition(
        "Олена=Olena; Ірина=Iryna; Наталія=Nataliia; Юлія=Yuliia; Андрій=Andrii; Сергій=Serhii;"
        "Тарас=Taras; Богдан=Bohdan; Євген=Yevhen",
        "Шевченко=Shevchenko; Коваленко=Kovalenko; Бондаренко=Bondarenko; Ткачук=Tkachuk;"
        "Мельник=Melnyk; Лисенко=Lysenko; Кравець=Kravets; Щербак=Shcherbak",
    ),
    "greek": _tradition(
        "Ελένη=Eleni; Μαρία=Maria; Αικατερίνη=Aikaterini; Γεώργιος=Georgios; Νίκος=Nikos;"
        "Δημήτρης=Dimitris; Χρήστος=Christos; Ίρις=Iris",
        "Παπαδόπουλος=Papadopoulos; Γεωργίου=Georgiou; Νικολάου=Nikolaou; Οικονόμου=Oikonomou;"
        "Βλάχος=Vlachos; Χατζής=Chatzis",
    ),
}
