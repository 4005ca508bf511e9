"""Comparing runs, and accepting what is known."""

import json

import pytest

CHECK = "rfc7644/3.3/location"


@pytest.fixture
def report(tmp_path):
    def write(name, **verdicts):
        results = [{"id": check_id, "status": status} for check_id, status in verdicts.items()]
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"version": 1, "results": results}))
        return str(path)

    return write


@pytest.mark.parametrize(
    ("old", "new", "word", "code"),
    [
        ("pass", "fail", "worse", 1),
        ("pass", "warn", "worse", 1),
        ("note", "fail", "worse", 1),
        ("warn", "fail", "worse", 1),
        ("fail", "pass", "mended", 0),
        ("fail", "warn", "mended", 0),
        ("pass", "skip", "no longer tried", 0),
        ("fail", "error", "no longer tried", 0),
        ("skip", "fail", "tried now", 0),
        ("pass", "note", "nothing changed", 0),
        ("fail", "fail", "nothing changed", 0),
    ],
)
def test_a_changed_verdict_has_a_name(command, report, old, new, word, code):
    result = command("diff", report("old", a=old), report("new", a=new))

    assert result.stdout.startswith(word)
    assert code == result.exit_code


def test_new_and_gone_checks_are_told(command, report):
    lines = command("diff", report("old", a="pass"), report("new", b="fail")).stdout.splitlines()

    assert ["new", "b", "fail"] == lines[0].split()
    assert ["gone", "a", "pass"] == lines[1].split()


def test_the_difference_can_be_json(command, report):
    result = command("diff", report("old", a="pass"), report("new", a="fail"), "--json")

    assert [{"id": "a", "old": "pass", "new": "fail"}] == json.loads(result.stdout)["regressions"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "is no JSON report"),
        ("[]", "is no report of `scim-conformance run --json`"),
        ('{"version": 2}', "is a report of version 2; this program reads version 1"),
        ('{"version": 1, "results": [1]}', "has no list of results"),
        ('{"version": 1}', "has no list of results"),
        ('{"version": 1, "results": [{"id": "a", "status": []}]}', "has no list of results"),
        ('{"version": 1, "results": [{"status": "pass"}]}', "has no list of results"),
        ('{"version": "1"}', "is a report of version '1'"),
        ("[" * 100_000, "is no JSON report"),
    ],
)
def test_what_is_no_report_is_exit_code_2(command, report, tmp_path, text, message):
    path = tmp_path / "odd.json"
    path.write_text(text)
    result = command("diff", report("old", a="pass"), str(path))

    assert 2 == result.exit_code
    assert message in result.stderr


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_report_may_be_written_as_windows_writes_text(command, report, tmp_path, encoding):
    old = report("old", a="pass")
    path = tmp_path / "new.json"
    path.write_text('{"version": 1, "results": [{"id": "a", "status": "fail"}]}', encoding)

    assert "worse            a  pass -> fail\n" == command("diff", old, str(path)).stdout


def test_a_file_that_is_no_text_is_exit_code_2(command, report, tmp_path):
    path = tmp_path / "odd.json"
    path.write_bytes(b"\x80\x81")

    assert "is no text in UTF-8" in command("diff", report("old", a="pass"), str(path)).stderr


def test_an_id_of_a_file_steers_no_terminal(command, report):
    result = command("diff", report("old"), report("new", **{"\x1b[2J": "pass"}))

    assert "new              \\x1b[2J  pass\n" == result.stdout


# --- the baseline --------------------------------------------------------------------------------


@pytest.fixture
def spoiled(tiny, edit):
    tiny.spoil(edit("POST", "/Users$", lambda body: body["meta"].clear()))
    return tiny


def test_a_known_failure_does_not_count(command, spoiled, tmp_path):
    path = tmp_path / "known.txt"
    path.write_text(f"# the vendor knows\n{CHECK}  # since May\n\n")
    result = command("run", spoiled.url, CHECK, "--baseline", str(path))

    assert 0 == result.exit_code
    assert "(known)" in result.stdout


def test_a_report_is_a_baseline(command, spoiled, tmp_path):
    path = str(tmp_path / "report.json")

    assert 1 == command("run", spoiled.url, CHECK, "--json", path).exit_code
    assert 0 == command("run", spoiled.url, CHECK, "--baseline", path).exit_code


def test_a_failure_that_is_not_known_counts(command, spoiled, tmp_path):
    path = tmp_path / "known.txt"
    path.write_text("rfc7644/3.3/body\n")

    assert 1 == command("run", spoiled.url, CHECK, "--baseline", str(path)).exit_code


def test_a_known_failure_that_occurs_no_more_is_told(command, tiny, tmp_path):
    path = tmp_path / "known.txt"
    path.write_text(CHECK)
    result = command("run", tiny.url, CHECK, "--baseline", str(path))

    assert f"{CHECK} is mended: take it out of the baseline" in result.stderr


def test_a_known_failure_is_skipped_in_junit(command, spoiled, tmp_path):
    known, junit = tmp_path / "known.txt", tmp_path / "junit.xml"
    known.write_text(CHECK)
    command("run", spoiled.url, CHECK, "--baseline", str(known), "--junit", str(junit))

    assert '<skipped message="known: expected' in junit.read_text()


def test_a_known_failure_is_marked_on_the_page(command, spoiled, tmp_path):
    known, page = tmp_path / "known.txt", tmp_path / "report.html"
    known.write_text(CHECK)
    command("run", spoiled.url, CHECK, "--baseline", str(known), "--html", str(page))

    assert "MUST, known" in page.read_text()
    assert "1 of these failures are known" in page.read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rfc7644/3.3/locaton", "the nearest is rfc7644/3.3/location"),
        ("# known\nrfc7644/3.3", "line 2: 'rfc7644/3.3' names"),
        ("x" * 10_000, "no check or section is called 'xxxxx"),
        ("[]", "is no report of"),
        ("{", "is no JSON report"),
        ("{}", "is no report of"),
    ],
)
def test_a_baseline_that_cannot_be_read_is_exit_code_2(command, tiny, tmp_path, text, message):
    path = tmp_path / "known.txt"
    path.write_text(text)
    result = command("run", tiny.url, CHECK, "--baseline", str(path))

    assert 2 == result.exit_code
    assert message in result.stderr
