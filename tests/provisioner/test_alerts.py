import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from click.testing import Result as Ended
from pytest_httpserver import HTTPServer
from werkzeug import Response

from provisioner.commands.cli import main
from provisioner.watching.alerts import Alert
from provisioner.watching.alerts.incidents import Incident, Sighting, compared

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
URL_VARIABLE = "COMPANY_ALERTS_URL"
SEEN = Sighting("quarantine", "Timeout", "No answer.")


def kinds(*sightings: Sighting | None) -> list[str | None]:
    """Return what is told of one run after the other, if every message arrives."""
    found: list[str | None] = []
    incident: Incident | None = None
    for now, seen in enumerate(sightings):
        incident, alert = compared("job", incident, seen, float(now))
        found.append(alert.change if alert else None)
        if incident is not None and alert is not None:
            incident = Incident.from_json({**incident.to_json(), "told": True})
    return found


def test_an_incident_is_told_of_when_it_opens_and_when_it_closes() -> None:
    assert [None, "opened", None, None, "closed", None] == kinds(None, SEEN, SEEN, SEEN, None, None)


def test_another_cause_is_told_of() -> None:
    other = Sighting("quarantine", "Unauthorized", "Renew it.")

    assert ["opened", "changed", None] == kinds(SEEN, other, other)


def test_other_words_of_the_same_cause_are_not() -> None:
    assert ["opened", None] == kinds(SEEN, Sighting("quarantine", "Timeout", "Again no answer."))


def test_what_nobody_was_told_is_told_again() -> None:
    first, _ = compared("job", None, SEEN, 0.0)

    _, again = compared("job", first, SEEN, 60.0)

    assert again is not None
    assert ("opened", 0.0) == (again.change, again.since)


def test_what_nobody_was_told_closes_in_silence() -> None:
    first, _ = compared("job", None, SEEN, 0.0)

    assert (None, None) == compared("job", first, None, 60.0)


class MailPeer:
    """Speaks as much SMTP as a client needs, and keeps what it was sent."""

    def __init__(self, refuse: str = "") -> None:
        self.refuse = refuse
        self.said: list[str] = []
        self.mails: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                self._talk(stream)

    def _talk(self, stream: Any) -> None:
        self._answer(stream, "220 peer")
        while line := stream.readline().decode().strip():
            self.said.append(line)
            word = line.split()[0].upper()
            if self.refuse and word == self.refuse:
                self._answer(stream, "535 no such user, said with the password")
            elif word == "EHLO":
                self._answer(stream, "250-peer\r\n250 AUTH PLAIN")
            elif word == "AUTH":
                self._answer(stream, "235 welcome")
            elif word == "DATA":
                self._answer(stream, "354 go on")
                lines = iter(lambda: stream.readline().decode(), ".\r\n")
                self.mails.append("".join(lines))
                self._answer(stream, "250 taken")
            elif word == "QUIT":
                self._answer(stream, "221 bye")
                return
            else:
                self._answer(stream, "250 ok")

    def _answer(self, stream: Any, text: str) -> None:
        stream.write(text.encode() + b"\r\n")
        stream.flush()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@pytest.fixture
def mail_peer() -> Iterator[MailPeer]:
    peer = MailPeer()
    yield peer
    peer.close()


@pytest.fixture
def run(company) -> Any:
    def invoke(*arguments: str) -> Ended:
        command, *more = arguments or ("run",)
        return CliRunner().invoke(main, [command, str(company.write()), *more])

    return invoke


@pytest.fixture
def webhook(httpserver: HTTPServer, company, monkeypatch) -> list[dict[str, Any]]:
    """What was posted to the webhook of the company's job."""
    seen: list[dict[str, Any]] = []

    def take(request: Any) -> Any:
        seen.append(request.get_json())
        return Response(status=204)

    httpserver.expect_request("/hook/s3cret-part").respond_with_handler(take)
    monkeypatch.setenv(URL_VARIABLE, httpserver.url_for("/hook/s3cret-part"))
    company.settings["more_policy"] = f'[alerts]\nwebhook_env = "{URL_VARIABLE}"'
    return seen


@pytest.fixture
def letters(company, tmp_path) -> Callable[[], list[dict[str, Any]]]:
    """What the command of the company's job was given."""
    file = tmp_path / "letters.jsonl"
    line = f"cat >> {file}; echo >> {file}"
    company.settings["more_policy"] = f'[alerts]\ncommand = ["sh", "-c", "{line}"]'
    return lambda: [json.loads(each) for each in file.read_text().splitlines()]


def told(webhook: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["event"], each["change"]) for each in webhook]


def test_a_refused_credential_is_one_alert_in_and_one_out(
    run, webhook, monkeypatch, server
) -> None:
    monkeypatch.setenv("COMPANY_SCIM_TOKEN", "expired")
    for _ in range(3):
        run("run", "--now")
    monkeypatch.setenv("COMPANY_SCIM_TOKEN", server.token)
    for _ in range(2):
        run("run", "--now")

    assert [("credentials", "opened"), ("credentials", "closed")] == told(webhook)


def test_a_tripped_guard_is_told_of_until_it_is_approved(run, webhook, company) -> None:
    company.settings |= {"max_leavers": 0, "on_guard": "hold"}
    run()
    company.person("bob", userType="Guest")
    run()
    run()
    company.run(approve=True)

    assert [("guard", "opened"), ("guard", "closed")] == told(webhook)


def test_a_refused_plan_is_one_alert_though_it_leads_to_quarantine(run, webhook, company) -> None:
    company.settings |= {"max_leavers": 0}
    run()
    company.person("bob", userType="Guest")
    run()
    run("run", "--now")
    company.person("bob", userType="Employee")
    run("run", "--now")

    assert [("guard", "opened"), ("guard", "closed")] == told(webhook)


def test_an_incomplete_read_is_told_of(run, webhook, company) -> None:
    run()
    people = dict(company.people)
    company.people.clear()
    run()
    run()
    company.people = people
    run()

    assert [("read", "opened"), ("read", "closed")] == told(webhook)


def test_a_source_that_cannot_be_read_is_told_of(run, webhook, company) -> None:
    run()
    file = company.write()
    (company.folder / "people.csv").unlink()
    CliRunner().invoke(main, ["run", str(file)])

    assert [("read", "unreadable")] == [(each["event"], each["cause"]) for each in webhook]


def test_a_target_that_lies_is_told_of(run, letters, company, flaky) -> None:
    run()
    company.person("bob", accountEnabled="False")
    answer = {"schemas": [USER], "id": "x", "userName": "bob@example.com", "active": True}
    lie = Response(json.dumps(answer), 200, content_type="application/scim+json")
    flaky.refuse("PATCH", "active", lie)

    run()

    assert [("lying target", "opened")] == told(letters())


def test_silence_is_told_of(run, webhook, company, monkeypatch) -> None:
    company.settings["more_policy"] += '\nheartbeat = "1d"'
    run()
    later = time.time() + 90_000
    monkeypatch.setattr("provisioner.watching.condition.clock", lambda: later)
    company.people.clear()

    run()

    assert ("heartbeat", "opened") in told(webhook)


def test_only_the_events_that_are_asked_for_are_told(run, webhook, company) -> None:
    company.settings["more_policy"] += '\nevents = ["guard"]'
    company.people.clear()

    run()

    assert [] == webhook


def test_a_webhook_that_fails_is_one_line_and_no_failure(
    run, company, httpserver, monkeypatch
) -> None:
    httpserver.expect_request("/s3cret-part").respond_with_data("no", status=500)
    monkeypatch.setenv(URL_VARIABLE, httpserver.url_for("/s3cret-part"))
    company.settings |= {
        "more_policy": f'[alerts]\nwebhook_env = "{URL_VARIABLE}"',
        "max_leavers": 0,
        "on_guard": "hold",
    }
    run()
    company.person("bob", userType="Guest")

    result = run()

    assert 1 == result.exit_code
    assert [
        "warning: alerts.webhook_env: an alert was not delivered: "
        "the URL in COMPANY_ALERTS_URL answered 500"
    ] == result.stderr.splitlines()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/s3cret-part", "s3cret-part", ""])
def test_a_url_that_is_none_is_named_by_its_variable(run, company, monkeypatch, url) -> None:
    monkeypatch.setenv(URL_VARIABLE, url)
    company.settings["more_policy"] = f'[alerts]\nwebhook_env = "{URL_VARIABLE}"'
    company.people.clear()

    result = run()

    assert URL_VARIABLE in result.stderr
    assert "s3cret-part" not in result.output


MAIL = """
[alerts.mail]
server = "127.0.0.1"
port = {port}
encryption = "none"
from = "scim@company.example"
to = ["ops@company.example", "boss@company.example"]
{more}
"""


def test_a_mail_says_what_is_wrong(run, company, mail_peer: MailPeer) -> None:
    company.settings["more_policy"] = MAIL.format(port=mail_peer.port, more="")
    company.people.clear()

    run()

    (mail,) = mail_peer.mails
    assert "Subject: company: the source was not read whole" in mail
    assert "The source has no users at all." in mail


def test_a_mail_goes_to_everybody(run, company, mail_peer: MailPeer) -> None:
    company.settings["more_policy"] = MAIL.format(port=mail_peer.port, more="")
    company.people.clear()

    run()

    assert 2 == sum(line.lower().startswith("rcpt to") for line in mail_peer.said)


def test_the_password_of_the_mail_server_is_in_no_message(run, company, monkeypatch) -> None:
    peer = MailPeer(refuse="AUTH")
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret-part")
    more = 'user = "scim"\npassword_env = "MAIL_PASSWORD"'
    company.settings["more_policy"] = MAIL.format(port=peer.port, more=more)
    company.people.clear()

    result = run()
    peer.close()

    assert "alerts.mail: an alert was not delivered: 127.0.0.1 refuses the user" in result.stderr
    assert "s3cret-part" not in result.output


def test_a_mail_server_that_is_not_there_is_one_line(run, company) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    company.settings["more_policy"] = MAIL.format(port=port, more="")
    company.people.clear()

    assert 1 == len(run().stderr.splitlines())


def test_a_command_is_given_the_alert(run, company, tmp_path) -> None:
    file = tmp_path / "alert.json"
    company.settings["more_policy"] = f'[alerts]\ncommand = ["sh", "-c", "cat > {file}"]'
    company.people.clear()

    run()

    alert = json.loads(file.read_text())
    assert ("company", "read", "opened") == (alert["job"], alert["event"], alert["change"])


@pytest.mark.parametrize(
    ("command", "why"), [('["false"]', "ended with 1"), ('["/no/such"]', "cannot be run")]
)
def test_a_command_that_fails_is_one_line(run, company, command, why) -> None:
    company.settings["more_policy"] = f"[alerts]\ncommand = {command}"
    company.people.clear()

    assert why in run().stderr


def test_the_token_that_a_target_repeats_is_hidden(run, letters, flaky, server) -> None:
    answer = {"schemas": [ERROR], "status": "401", "detail": f"{server.token} is no token"}
    said = Response(json.dumps(answer), 401, content_type="application/scim+json")
    flaky.refuse("GET", "", said, times=9)

    run()

    assert server.token not in json.dumps(letters())
    assert "(hidden) is no token" in letters()[0]["text"]


def test_a_title_is_one_line() -> None:
    alert = Alert("job", "read", "opened", "incomplete", "x\ny", 0.0, 0.0)

    assert "job: the source was not read whole" == alert.title
