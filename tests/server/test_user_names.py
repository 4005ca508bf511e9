"""User names and passwords prepared and compared as RFC 7644 §5 asks: PRECIS, RFC 7613."""

import random
import unicodedata

import pytest
from argon2 import PasswordHasher
from precis_i18n import get_profile

from scim_protocol import urns
from scim_protocol.datatypes import fold, fold_name

# A letter each of many kinds: cases, widths, marks, scripts, and what no profile admits. Not among
# them is U+0345, which the profile folds before it is put in its place, and `fold_name` after.
LETTERS = "aZzéÉßẞİıſΣςσÅÅA\u0301\u030aﬁǅⅣ①ＡａＺ１＿ｱｶﾞﾊﾟァｶ가ᄀﾡￜΩΩΰΐŉıǰẖяЯЇїЁё漢字１א1שa.@-_+!"


def stored(api, user):
    """The argon2 hash of a user's password."""
    with api.app.extensions["scim_server"].store.read() as tx:
        record = tx.get(api.app.extensions["scim_server"].catalog.models["User"], user[7:])
    return record.secrets


def test_names_that_the_profile_admits_are_folded_as_the_profile_does():
    profile, chance = get_profile("UsernameCaseMapped:CaseFold"), random.Random(78)
    admitted = 0
    for _ in range(20_000):
        name = "".join(chance.choices(LETTERS, k=chance.randint(1, 5)))
        try:
            prepared = profile.enforce(name)
        except UnicodeEncodeError:
            continue
        admitted += 1
        assert prepared == fold_name(name), [unicodedata.name(c) for c in name]

    assert admitted > 2000


def test_folding_a_folded_name_changes_nothing():
    chance = random.Random(7)
    for _ in range(5_000):
        name = fold_name("".join(chance.choices(LETTERS, k=4)))
        assert name == fold_name(name)


def test_width_is_a_matter_of_names_alone():
    assert "ada" == fold_name("Ａｄａ")
    assert "ada" != fold("Ａｄａ")


@pytest.mark.parametrize("other", ["ADA", "Ａｄａ", "ａｄａ"])
def test_a_user_name_is_unique_in_any_case_and_width(api, other):
    api.user("ada")

    assert (409, "uniqueness") == api.post(
        "/Users", {"schemas": [urns.USER], "userName": other}
    ).error


@pytest.mark.parametrize("filter", ['eq "Ａda"', 'sw "ａＤ"', 'co "Ｄ"', 'eq "ADA"'])
def test_filters_compare_user_names_as_uniqueness_does(api, filter):
    api.user("ａda")

    assert ["ａda"] == api.names(f"userName {filter}")
    assert ["ａda"] == api.names(f"userName {filter} and not (title pr)")


def test_other_attributes_are_not_compared_by_width(api):
    api.user("ada", displayName="Ａｄａ")

    assert [] == api.names('displayName eq "ada"')


@pytest.mark.parametrize("name", ["Ada Lovelace", "ada\u200d", "☃", "אa", "Ⅳ", "a\u0300" * 3 + " "])
def test_a_name_that_the_profile_refuses_is_refused_by_a_strict_server_alone(api, strict_api, name):
    body = {"schemas": [urns.USER], "userName": name}

    assert 201 == api.post("/Users", body).status
    assert [name] == [user["userName"] for user in api.get("/Users")["Resources"]]
    assert (409, "uniqueness") == api.post("/Users", body).error
    assert (400, "invalidValue") == strict_api.post("/Users", body).error


def test_a_strict_server_keeps_a_name_as_it_was_written(strict_api):
    assert "Ada.Ａ@Example.org" == strict_api.get(strict_api.user("Ada.Ａ@Example.org"))["userName"]


def test_a_strict_server_lets_a_name_be_that_was_stored_before(make_api, tmp_path):
    database = str(tmp_path / "scim.db")
    first = make_api(database=database)
    user = first.user("Ada Lovelace")
    first.close()
    strict = make_api(database=database, strict=True)
    change = {"op": "add", "path": "title", "value": "Countess"}

    assert "Countess" == strict.patch(user, change)["title"]
    rename = {"op": "replace", "path": "userName", "value": "Ada Byron"}
    assert (400, "invalidValue") == strict.patch(user, rename).error


def test_a_password_is_prepared_before_it_is_hashed(api):
    user = api.user("ada", password="a\u00a0A\u030a")

    assert PasswordHasher().verify(stored(api, user).split('"')[3], "a Å")


@pytest.mark.parametrize("password", ["a\u0007b", "a\u200db"])
def test_a_password_that_the_profile_refuses_is_refused_by_a_strict_server_alone(
    api, strict_api, password
):
    body = {"schemas": [urns.USER], "userName": "ada", "password": password}
    answer = strict_api.post("/Users", body)

    assert 201 == api.post("/Users", body).status
    assert (400, "invalidValue") == answer.error
    assert password not in answer["detail"]


def test_a_password_that_is_not_sent_again_stays(api):
    user = api.user("ada", password="Å secret")
    before = stored(api, user)
    api.patch(user, {"op": "add", "path": "title", "value": "Countess"})

    assert before == stored(api, user)


@pytest.mark.parametrize("name", ["", " ", "\t", "\N{NO-BREAK SPACE}"])
def test_a_blank_user_name_is_none(api, name):
    answer = api.post("/Users", {"schemas": [urns.USER], "userName": name})

    assert (400, "invalidValue") == (answer.status, answer["scimType"])
