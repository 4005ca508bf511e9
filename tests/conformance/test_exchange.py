import shlex

import pytest

from conformance.exchange import Exchange, Masker


def test_a_token_is_masked_wherever_it_stands():
    masker = Masker("s3cr3t")

    assert "a *** b" == masker.text("a s3cr3t b")
    assert {"Authorization": "Bearer ***"} == masker.headers({"Authorization": "Bearer s3cr3t"})


def test_a_token_is_masked_as_urls_and_json_write_it():
    masker = Masker('a/b "c"')

    assert "?t=***" == masker.text("?t=a%2Fb%20%22c%22")
    assert '{"t": "***"}' == masker.text(r'{"t": "a/b \"c\""}')


@pytest.mark.parametrize("name", ["password", "access_token", "client_secret", "Token"])
def test_members_that_are_named_like_secrets_are_masked(name):
    assert f'{{"{name}": "***"}}' == Masker().text(f'{{"{name}": "x\\"y"}}')


def test_cookies_are_masked():
    assert {"Set-Cookie": "***"} == Masker().headers({"Set-Cookie": "session=1"})


def test_a_masker_does_not_show_what_it_hides():
    assert "s3cr3t" not in repr(Masker("s3cr3t"))


def test_a_curl_line_can_be_run_with_the_token_in_a_variable():
    sent = Exchange(
        "POST",
        "https://app.example/Users?a=1&b=2",
        {"Authorization": "Bearer ***", "Content-Type": "application/scim+json"},
        '{"userName": "o\'brien"}',
    )

    assert '-H "Authorization: Bearer $SCIM_TOKEN"' in sent.curl
    assert [
        *["curl", "-i", "-X", "POST", "-H", "Authorization: Bearer $SCIM_TOKEN"],
        *["-H", "Content-Type: application/scim+json"],
        *["--data-raw", '{"userName": "o\'brien"}', "https://app.example/Users?a=1&b=2"],
    ] == shlex.split(sent.curl)


def test_a_long_body_is_cut_in_the_report():
    sent = Exchange("GET", "https://app.example", {}, None, status=200, body="x" * 100_000)

    assert len(sent.to_json()["response"]["body"]) < 21_000
