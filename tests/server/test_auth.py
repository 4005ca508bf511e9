"""Who is let in, and what the others are told (RFC 7644 §2, RFC 6750)."""

import pytest


@pytest.mark.parametrize("path", ["/Users", "/Users/1", "/Groups", "/Schemas", "/nothing", "/Me"])
def test_without_a_token_the_answer_is_401_and_tells_how_to_come_in(api, path):
    answer = api.get(path, token=None)

    assert (401, None) == answer.error
    assert 'Bearer realm="scim"' == answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("token", ["wrong", "S3CRET", "s3cret2", "", "s3crét", "\udcff"])
def test_a_wrong_token_is_401(api, token):
    sent = token.encode("utf-8", "surrogateescape").decode("latin-1")
    answer = api.get("/Users", headers={"Authorization": f"Bearer {sent}"})

    assert (401, None) == answer.error
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("header", ["Basic czNjcmV0", "s3cret", "Token s3cret"])
def test_another_scheme_is_401(api, header):
    assert (401, None) == api.get("/Users", headers={"Authorization": header}).error


def test_the_scheme_is_of_any_letter_case(api):
    assert 200 == api.get("/Users", headers={"Authorization": "bEARER s3cret"}).status


def test_any_of_several_tokens_is_let_in(make_api):
    api = make_api(tokens=["one", "two"])

    assert [200, 200] == [api.get("/Users", token=token).status for token in ("one", "two")]


def test_what_needs_a_token_does_not_tell_what_exists(api):
    user = api.user()

    assert api.get(user, token=None).json == api.get("/Users/unknown", token=None).json


def test_the_way_to_authenticate_is_told_without_a_token(api):
    answer = api.get("/ServiceProviderConfig", token=None)

    assert "oauthbearertoken" == answer["authenticationSchemes"][0]["type"]


def test_a_wrong_token_is_refused_where_none_is_needed(api):
    assert 401 == api.get("/ServiceProviderConfig", token="wrong").status


def test_a_change_without_a_token_changes_nothing(api):
    user = api.user()

    assert 401 == api.delete(user, token=None).status
    assert 200 == api.get(user).status


def test_the_token_is_in_no_answer_and_no_description(api):
    config = api.app.extensions["scim_server"].config

    assert "s3cret" not in repr(config)
    assert "s3cret" not in api.get("/Users", token="s3cretwrong").text
