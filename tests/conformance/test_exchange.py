import shlex
import subprocess

import pytest

from conformance.wire.exchange import Exchange, Masker


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


@pytest.mark.parametrize(
    "written", ['a\\/b&\\"c', "a/b&amp;&quot;c", "a%2Fb%26%22c", 'a/b&"c', 'a/b&\\"c']
)
def test_a_token_is_masked_however_it_is_written(written):
    assert "***" == Masker('a/b&"c').text(written)


def test_of_a_secret_that_begins_with_another_no_end_stays():
    masker = Masker("s3cr3t")
    masker.hide("s3cr3t-and-more")

    assert "***" == masker.text("s3cr3t-and-more")


def test_a_curl_line_holds_nothing_that_a_terminal_obeys():
    sent = Exchange("POST", "https://app.example/Users", {}, "it's \x1b[2J \u202e \\n")
    told = subprocess.run(
        ["bash", "-c", sent.curl.replace("curl", "printf '%s\n'", 1)],
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert sent.curl.isprintable()
    assert "it's \x1b[2J \u202e \\n" in told.stdout.decode().splitlines()
