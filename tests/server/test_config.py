"""What a server is told at its start, checked before anything runs."""

import datetime
import json
import os
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from marshmallow import fields

from scim_server import Config, ConfigError
from scim_server.commands.cli import main
from scim_server.settings.keys import KEYS


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "tokens: "),
        ({"tokens": []}, "tokens: one token at least"),
        ({"tokens": ["a b"]}, "tokens: a token is"),
        ({"tokens": "abc"}, "tokens: "),
        ({"tokens": ["a"], "base_path": "scim/v2"}, "base_path: must be like /scim/v2"),
        ({"tokens": ["a"], "base_path": "/scim/"}, "base_path: "),
        ({"tokens": ["a"], "base_path": "/<id>"}, "base_path: "),
        ({"tokens": ["a"], "page_size": 0}, "page_size: "),
        ({"tokens": ["a"], "page_size": 20, "max_page_size": 10}, "page_size: cannot be more"),
        ({"tokens": ["a"], "page_size": 2000}, "page_size: cannot be more"),
        ({"tokens": ["a"], "strict": "perhaps"}, "strict: "),
        ({"tokens": ["a"], "max_body": 1.5}, "max_body: "),
        ({"tokens": ["a"], "colour": "red"}, "colour: "),
        ({"tokens": ["a"], "dialects": ["klingon"]}, "dialects: there is no optional dialect klin"),
        (
            {"tokens": ["a"], "strict": True, "dialects": ["json-in-value"]},
            "dialects: a strict server understands none",
        ),
    ],
)
def test_a_setting_that_it_does_not_take_is_named(settings, said):
    with pytest.raises(ConfigError, match=f"^{said}"):
        Config.load(settings)


def test_an_attribute_that_cannot_be_indexed_is_named(make_api):
    with pytest.raises(ConfigError, match="'colour'"):
        make_api(indexed=["colour"])


@pytest.mark.parametrize("path", ["password", "members.value", "active", "name", "meta.created"])
def test_what_no_index_can_answer_for_is_refused(make_api, path):
    with pytest.raises(ConfigError, match=path):
        make_api(indexed=[path])


def test_the_base_path_may_be_empty(make_api):
    assert 200 == make_api(base_path="").get("/Users").status


# --- the layers: defaults <- file <- environment <- options --------------------------------------

# A value that no key takes: neither text, number, list, table nor a truth.
WRONG = datetime.date(1979, 5, 27)
IN_FILE = [name for name, key in KEYS.items() if not key.secret]


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Runs `scim-server config` with a file, variables and options."""
    for name in os.environ:
        if name.startswith("SCIM_SERVER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))

    def run(*options, file=None, **variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        if file is not None:
            (tmp_path / "scim.toml").write_text(file)
            options = ("--config", str(tmp_path / "scim.toml"), *options)
        return CliRunner().invoke(main, ["config", *options])

    return run


def values(result):
    assert result.exit_code == 0, result.output
    return tomllib.loads(result.output)


def faults(result):
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    return [line.removeprefix("scim-server: ") for line in result.stderr.splitlines()]


def a_good_value(name, tmp_path):
    """A value of a key, in the form of TOML, that is not its default."""
    (tmp_path / "a.file").write_text("postgresql://h/d")
    special = {
        "host": "0.0.0.0",
        "base_path": "/api/v2",
        "dialects": ["json-in-value"],
        "trusted_proxies": ["10.0.0.0/8"],
        "metrics_allow": ["10.0.0.0/8"],
        "indexed": ["title"],
        "log_level": "info",
        "database": str(tmp_path / "a.db"),
        "database_env": "HOME",
        "token_env": "HOME",
        "database_file": str(tmp_path / "a.file"),
        "token_file": str(tmp_path / "a.token"),
        "page_size": 50,
        "max_filter_length": 100,
        "max_filter_terms": 10,
    }
    (tmp_path / "a.token").write_text("s3cret")
    if name in special:
        return special[name]
    field = KEYS[name].field
    if isinstance(field, fields.Boolean):
        return True
    return 3000 if isinstance(field, fields.Integer) else str(tmp_path / "a.file")


def with_companions(name, document, tmp_path):
    """A key's document, with what it does not go without."""
    if name in ("tls_cert", "tls_key"):
        document |= {key: str(tmp_path / "a.file") for key in ("tls_cert", "tls_key")}
    if name in ("workers", "threads"):
        document[name] = 2
    return document


def toml(document):
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in document.items())


@pytest.mark.parametrize("name", IN_FILE)
def test_a_wrong_value_in_the_file_is_one_line_with_the_file_and_the_key(told, tmp_path, name):
    lines = faults(told(file=f"{name} = {WRONG}"))

    assert 1 == len(lines), lines
    assert lines[0].startswith(f"{tmp_path / 'scim.toml'}: {name}: "), lines
    assert re.search(r"must be|not a valid", lines[0]), lines


@pytest.mark.parametrize("name", IN_FILE)
def test_a_misspelt_key_is_one_line_with_the_nearest_one(told, tmp_path, name):
    lines = faults(told(file=f"{name}x = 1"))

    assert 1 == len(lines)
    expected = f"{tmp_path / 'scim.toml'}: {name}x: is not a known key; did you mean {name}?"
    assert expected == lines[0]


@pytest.mark.parametrize("name", KEYS)
def test_a_misspelt_variable_is_one_line_with_the_nearest_one(told, name):
    variable = f"SCIM_SERVER_{name.upper()}"

    lines = faults(told(**{variable + "X": "1"}))

    assert [f"{variable}X: is not a known setting; did you mean {variable}?"] == lines


NUMBERS = [name for name, key in KEYS.items() if isinstance(key.field, fields.Integer)]
FLAGS = [name for name, key in KEYS.items() if isinstance(key.field, fields.Boolean)]


@pytest.mark.parametrize("text", ["-1", "1.5", "many", "", "9" * 30])
@pytest.mark.parametrize("name", NUMBERS)
def test_a_wrong_number_is_one_line_with_the_option(told, name, text):
    option = KEYS[name].spelling

    lines = faults(told(f"{option}={text}"))

    assert 1 == len(lines), lines
    assert lines[0].startswith(f"{option}: "), lines


@pytest.mark.parametrize("name", [*NUMBERS, *FLAGS])
def test_a_wrong_variable_is_one_line_with_its_name(told, name):
    variable = f"SCIM_SERVER_{name.upper()}"

    lines = faults(told(**{variable: "perhaps"}))

    assert 1 == len(lines), lines
    assert lines[0].startswith(f"{variable}: "), lines


@pytest.mark.parametrize("name", IN_FILE)
def test_every_key_may_be_given_in_the_file(told, tmp_path, name):
    value = with_companions(name, {name: a_good_value(name, tmp_path)}, tmp_path)

    result = told(file=toml(value))

    assert value[name] == values(result)[name]
    assert f"# {tmp_path / 'scim.toml'}: {name}" in result.output


@pytest.mark.parametrize("name", [name for name in IN_FILE if name not in FLAGS])
def test_every_key_may_be_given_as_an_option_and_goes_before_the_environment(told, tmp_path, name):
    document = with_companions(name, {name: a_good_value(name, tmp_path)}, tmp_path)
    options = [
        f"{KEYS[key].spelling}={value[0] if isinstance(value, list) else value}"
        for key, value in document.items()
    ]
    other = {"page_size": "51", "metrics_allow": "10.0.0.0/9", "log_level": "error"}.get(name)

    result = told(*options, **({f"SCIM_SERVER_{name.upper()}": other} if other else {}))

    assert document[name] == values(result)[name]
    assert f"# {KEYS[name].spelling}" in result.output


def test_what_is_later_goes_before_what_is_earlier(told):
    result = told(
        "--page-size=3",
        file="page_size = 1\nmax_body = 2000\nport = 1",
        SCIM_SERVER_PAGE_SIZE="2",
        SCIM_SERVER_PORT="2",
    )

    read = values(result)
    assert (3, 2, 2000, 8) == tuple(read[k] for k in ("page_size", "port", "max_body", "threads"))


def test_the_effective_configuration_can_be_given_as_a_file(told):
    once = values(told("--page-size=3", "--trusted-proxy=10.0.0.0/8", "--strict"))

    again = values(told(file=toml(once)))

    assert once == again


def test_several_values_are_in_a_variable_with_commas(told):
    assert ["10.0.0.0/8", "::1"] == values(told(SCIM_SERVER_TRUSTED_PROXIES="10.0.0.0/8, ::1"))[
        "trusted_proxies"
    ]


def test_files_in_a_file_are_beside_it(told, tmp_path):
    assert str(tmp_path / "scim.db") == values(told(file='database = "scim.db"'))["database"]


@pytest.mark.parametrize(
    ("options", "variables", "file"),
    [
        (["--token=hush"], {}, None),
        ([], {"SCIM_SERVER_TOKEN": "hush"}, None),
        (["--token-env=MINE"], {"MINE": "hush"}, None),
        ([], {"MINE": "hush"}, 'token_env = "MINE"'),
        (["--database=postgresql://scim:hush@db/scim"], {}, None),
        (["--database=postgresql://db/scim?user=scim&password=hush"], {}, None),
        ([], {"SCIM_SERVER_DATABASE": "postgresql://scim:hush@db/scim"}, None),
        (["--database-env=URL"], {"URL": "postgresql://scim:hush@db/scim"}, None),
        (["--database=postgresql://scim:hu@sh@db/scim"], {}, None),
        (["--database=postgresql://db/scim?user=scim&sslpassword=hush"], {}, None),
        (["--database=postgresql://db/scim?user=scim&pass%77ord=hush"], {}, None),
    ],
)
def test_secrets_are_not_shown(told, options, variables, file):
    result = told(*options, file=file, **variables)

    assert 0 == result.exit_code, result.output
    assert not re.search(r"hush|hu@|sh@", result.output)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://scim:hush@db/scim", "--database: a URL must begin with postgresql://"),
        ("POSTGRESQL://scim:hush@db/scim", "--database: a URL must begin with postgresql://"),
        ("postgresql+psycopg://scim:hush@db/scim", "--database: a URL must begin with postgres"),
        ("postgresql://scim:hu/sh@db/scim", "--database: in a password of a URL, / is written %2F"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_and_not_shown(told, url, said):
    (line,) = faults(told(f"--database={url}"))

    assert said in line
    assert not re.search(r"hu/?sh|sh@", line)


def test_a_secret_does_not_belong_in_the_file(told):
    (line,) = faults(told(file='token = "hush"'))

    assert "token: a secret does not belong in this file; name a variable with token_env" in line
    assert "hush" not in line


def test_a_token_may_come_from_a_file(told, tmp_path):
    (tmp_path / "token").write_text("s3cret\n")

    assert "# --token-file" in told("--token-file", str(tmp_path / "token")).output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--token=a", "--token-env=HOME"], "--token: give it or token_env, not both."),
        (["--token-env=UNSET"], "--token-env: the environment variable UNSET is not set."),
        (["--token-file=/nowhere"], "--token-file: /nowhere cannot be read: No such file"),
        (["--token-file=/dev/null"], "--token-file: /dev/null is empty."),
        (["--token=a b"], "--token: a token is of printable ASCII characters"),
        (["--database-file=/nowhere"], "--database-file: /nowhere cannot be read"),
        (["--workers=2", "--database=:memory:"], "--workers: several workers cannot share"),
        (["--page-size=2000"], "--page-size: page_size cannot be more than max_page_size."),
        (["--max-page-size=10"], "--max-page-size: page_size cannot be more than"),
        (["--strict", "--dialect=json-in-value"], "--dialect: a strict server understands no"),
        (["--dialect=klingon"], "--dialect: there is no optional dialect klingon"),
        (["--trusted-proxy=all"], "--trusted-proxy: must be networks like 10.0.0.0/8"),
        (["--base-path=scim"], "--base-path: must be like /scim/v2, or empty."),
        (["--port=70000"], "--port: must be .* 70000 is not"),
        (["--log-level=loud"], "--log-level: must be one of debug, info, warning, error"),
        (["--tls-cert=a\0b"], "--tls-cert: cannot hold control characters."),
        (["--token-file=a\nb"], "--token-file: cannot hold control characters."),
        (["--database=a\nb"], "--database: cannot hold control characters."),
        (["--log-level=a\nb"], "--log-level: must be one of debug, info, warning, error."),
        (["--config=/nowhere"], "--config: /nowhere cannot be read: No such file or directory."),
    ],
)
def test_what_cannot_be_used_is_one_line(told, options, said):
    (line,) = faults(told(*options))

    assert re.match(said, line), line


@pytest.mark.parametrize("text", ["page_size =", "= 1", "[a", "\x00"])
def test_a_file_that_is_not_toml_is_one_line(told, text):
    (line,) = faults(told(file=text))

    assert "scim.toml: is not TOML: " in line


def test_all_faults_are_told_at_once(told):
    lines = faults(told("--threads=0", file="pagesize = 1\nport = 1.5", SCIM_SERVER_STRICT="x"))

    assert 4 == len(lines)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SCIM_SERVER_PORT", "tcp://10.0.0.1:80"),
        ("SCIM_SERVER_SERVICE_HOST", "10.0.0.1"),
        ("SCIM_SERVER_SERVICE_PORT_HTTP", "80"),
        ("SCIM_SERVER_PORT_80_TCP_ADDR", "10.0.0.1"),
    ],
)
def test_what_kubernetes_tells_of_a_service_named_scim_server_is_no_setting(told, variable, value):
    assert 8000 == values(told(**{variable: value}))["port"]


def test_a_way_to_give_a_token_takes_the_place_of_any_earlier_one(told):
    result = told("--token-env=MINE", SCIM_SERVER_TOKEN="theirs", MINE="mine")

    assert 'token_env = "MINE"' in result.output
    assert "SCIM_SERVER_TOKEN" not in result.output


# --- the documentation ---------------------------------------------------------------------------

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", PAGE.partition("### Keys")[2], re.M))


def test_each_key_is_documented_and_no_other():
    assert list(KEYS) == [name for name in ROWS if name in KEYS]
    assert list(ROWS)[: len(KEYS)] == list(KEYS)


@pytest.mark.parametrize(
    "name", [name for name, key in KEYS.items() if isinstance(key.default, int | str)]
)
def test_the_documented_default_is_that_of_the_server(name):
    default = KEYS[name].default

    assert f"`{str(default).lower() if isinstance(default, bool) else default}`" == ROWS[name]


def test_the_file_in_the_documentation_can_be_used(told, tmp_path):
    example = re.search(r"```text\n# /etc/scim-server.toml\n(.*?)```", PAGE, re.S)[1]
    (tmp_path / "token").write_text("s3cret")
    here = example.replace("/run/secrets/scim-token", str(tmp_path / "token"))

    assert 4 == values(told(file=here, SCIM_DATABASE="postgresql://db/scim"))["workers"]


def test_each_setting_of_a_live_server_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "testing.md").read_text("utf-8")

    assert set(Config.__dataclass_fields__) <= set(re.findall(r"^\| `(\w+)` \|", page, re.M))
