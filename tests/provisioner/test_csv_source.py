"""CSV files as a directory source."""

import pytest

from provisioner.sources import CsvSource, SourceError
from provisioner.sources.settings import CsvSettings

PEOPLE = "objectId,mail,proxyAddresses\n1,ada@x,a@x; b@x ;\n2,,\n"


@pytest.fixture
def source(tmp_path):
    def make(people, groups=None, needed=None, **settings):
        encode = people if isinstance(people, bytes) else people.encode()
        (tmp_path / "people.csv").write_bytes(encode)
        if groups is not None:
            (tmp_path / "groups.csv").write_text(groups, encoding="utf-8")
            settings["groups"] = tmp_path / "groups.csv"
        return CsvSource(CsvSettings(users=tmp_path / "people.csv", **settings), needed)

    return make


def read(source, kind="users"):
    return list(source.read(kind))


def test_each_row_is_a_record_known_by_its_anchor(source):
    assert [record.anchor for record in read(source(PEOPLE))] == ["1", "2"]


def test_a_record_knows_its_line(source):
    assert read(source(PEOPLE))[1].where == "people.csv line 3"


def test_a_record_behind_a_cell_of_several_lines_knows_its_line(source):
    records = read(source('objectId,note\n1,"a\nb"\n2,c\n'))

    assert records[1].where == "people.csv line 4"


def test_an_empty_cell_is_no_value(source):
    assert read(source(PEOPLE))[1].attributes["mail"] is None


def test_a_list_column_holds_the_trimmed_values(source):
    assert read(source(PEOPLE))[0].attributes["proxyAddresses"] == ["a@x", "b@x"]


def test_an_empty_list_is_no_value(source):
    assert read(source(PEOPLE))[1].attributes["proxyAddresses"] is None


def test_a_byte_order_mark_is_no_part_of_the_first_column(source):
    assert read(source(b"\xef\xbb\xbf" + PEOPLE.encode()))[0].anchor == "1"


def test_blank_lines_are_passed_by(source):
    assert len(read(source("objectId\n\n1\n\n"))) == 1


def test_another_delimiter_and_encoding_are_read(source):
    records = read(
        source("id;n\n1;Zoë\n".encode("cp1252"), encoding="cp1252", delimiter=";", anchor="id")
    )

    assert records[0].attributes["n"] == "Zoë"


def test_a_cell_of_many_members_is_read(source):
    members = ";".join(f"member-{number}" for number in range(20_000))
    records = read(source(PEOPLE, groups=f"objectId,members\n1,{members}\n"), "groups")

    assert len(records[0].attributes["members"]) == 20_000


def test_groups_are_read_from_their_own_file(source):
    records = read(source(PEOPLE, groups="objectId,displayName\n9,App\n"), "groups")

    assert records[0].kind == "groups"


def test_a_job_without_a_groups_file_has_no_groups(source):
    assert read(source(PEOPLE), "groups") == []


def test_a_header_without_rows_reads_as_empty(source):
    assert read(source("objectId,mail\n")) == []


def test_reading_again_sees_the_file_as_it_then_is(source, tmp_path):
    people = source(PEOPLE)
    read(people)
    (tmp_path / "people.csv").write_text("objectId\n3\n")

    assert [record.anchor for record in read(people)] == ["3"]


def test_columns_are_those_of_the_header(source):
    assert source(PEOPLE).columns("users") == ["objectId", "mail", "proxyAddresses"]


def test_columns_of_a_file_that_is_not_there_are_unknown(source):
    assert source(PEOPLE).columns("groups") is None


@pytest.mark.parametrize(
    ("people", "settings", "message"),
    [
        ("", {}, "is empty; its first line must name the columns"),
        ("objectID,mail\n1,a\n", {}, "no column 'objectId'; did you mean 'objectID'?"),
        ("objectId;mail\n1;a\n", {}, "parted by ';': set source.delimiter"),
        ("objectId,mail,mail\n", {}, "the column 'mail' is there twice"),
        ("objectId,mail\n1\n", {}, "people.csv line 2: has 1 cells and the header has 2"),
        ("objectId,mail\n1,a\n2,b,c\n", {}, "people.csv line 3: has 3 cells and the header has 2"),
        ("objectId,mail\n,a\n", {}, "people.csv line 2: the column 'objectId' is empty"),
        ('objectId,mail\n1,a\n2,"b\n', {}, "people.csv line 3: a quoted cell .* no closing"),
        ('objectId,mail\n1,"a"b\n', {}, "people.csv line 2: is not well-formed CSV"),
        (b"objectId,n\n1,a\n2,Zo\xeb\n", {}, "people.csv line 3: byte 0xeb is not UTF-8 text"),
        (b"\0" * 5000, {}, "people.csv line 1: is not text, it has bytes that are zero"),
        (b"objectId,n\n1,a\n\0\0", {}, "people.csv line 3: is not text"),
        (PEOPLE, {"needed": {"users": {"Mail"}}}, "no column 'Mail'; did you mean 'mail'?"),
    ],
)
def test_a_fault_in_the_file_is_told_with_its_place_and_remedy(source, people, settings, message):
    with pytest.raises(SourceError, match=message):
        read(source(people, **settings))


def test_a_missing_file_is_told_by_its_path(source, tmp_path):
    people = source(PEOPLE)
    (tmp_path / "people.csv").unlink()

    with pytest.raises(SourceError, match=r"people\.csv: cannot be read: No such file"):
        read(people)
