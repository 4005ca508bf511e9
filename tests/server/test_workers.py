"""Worker processes: shared, replaced when they die, stopped without losing an answer."""

import os
import signal
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
import requests

from scim_protocol import urns
from tests.server.processes import processes

BODY = b'{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"%s"}'


@pytest.fixture
def run():
    with processes() as start:
        yield start


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A server of two workers, for what leaves them as they were."""
    database = tmp_path_factory.mktemp("workers") / "scim.db"
    with processes() as start:
        yield start("--database", str(database), "--workers", "2")


@pytest.fixture(scope="module")
def impatient():
    with processes() as start:
        yield start("--database", ":memory:", "--idle-seconds", "1")


def until(true, seconds=15):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


def connect(server):
    place = urlsplit(server.url)
    return socket.create_connection((place.hostname, place.port), timeout=15)


def half_of_a_post(server, name):
    """Begin to send a user, in a connection of its own; return it and the rest."""
    body = BODY % name.encode()
    head = (
        f"POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n"
        f"Content-Type: application/scim+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection = connect(server)
    connection.sendall(head.encode() + body[:10])
    return connection, body[10:]


def test_all_workers_serve_the_same_database(shared):
    body = {"schemas": [urns.USER], "userName": "of all"}
    id = shared.request("POST", "/Users", body).json()["id"]

    found = {shared.request("GET", f"/Users/{id}").status_code for _ in range(30)}

    assert {200} == found
    until(lambda: 2 == len(shared.workers()))


def test_a_worker_that_is_killed_is_replaced(shared):
    before = shared.workers()
    killed = min(before)

    os.kill(killed, signal.SIGKILL)
    until(lambda: killed not in shared.workers() and len(shared.workers()) == 2)

    until(lambda: shared.page("/readyz").status_code == 200)
    assert {200} == {shared.request("GET", "/Users").status_code for _ in range(10)}


def test_a_server_whose_workers_are_all_killed_comes_back(shared):
    before = shared.workers()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len(shared.workers() - before) == 2)

    assert 200 == shared.request("GET", "/Users").status_code


def test_a_worker_that_is_replaced_makes_no_empty_database_of_one_that_is_gone(run, tmp_path):
    server = run("--database", str(tmp_path / "scim.db"), "--token", "t")
    (tmp_path / "scim.db").rename(tmp_path / "away.db")
    (before,) = server.workers()
    os.kill(before, signal.SIGKILL)
    until(lambda: server.workers() - {before})
    (tried,) = server.workers() - {before}
    until(lambda: tried not in server.workers())
    is_made = (tmp_path / "scim.db").exists()
    (tmp_path / "away.db").rename(tmp_path / "scim.db")

    assert not is_made
    assert 200 == server.request("GET", "/Users", token="t").status_code


def test_on_sighup_all_workers_are_replaced_and_every_request_is_answered(shared):
    before, answers = shared.workers(), set()

    shared.process.send_signal(signal.SIGHUP)
    until(lambda: answers.add(answer_to_a_begun_request(shared)) or not before & shared.workers())

    assert answers <= {b"HTTP/1.1 200", CLOSED_UNREAD}
    assert b"HTTP/1.1 200" in answers
    until(lambda: 2 == len(shared.workers()))


CLOSED_UNREAD = b""
"""A connection that was taken in the moment of the stop, and had said nothing, is closed."""


def answer_to_a_begun_request(server):
    with connect(server) as connection:
        try:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            return connection.recv(12)
        except ConnectionError:
            return CLOSED_UNREAD


def test_what_it_has_taken_is_answered_before_it_stops(run, tmp_path):
    server = run("--database", str(tmp_path / "scim.db"))
    begun = [half_of_a_post(server, f"u{number}") for number in range(10)]
    until(lambda: "in_flight 11.0" in server.page("/metrics").text)

    server.process.send_signal(signal.SIGTERM)
    until(lambda: refuses(server))
    answers = []
    for connection, rest in begun:
        with connection:
            connection.sendall(rest)
            answers.append(connection.recv(12))

    assert [b"HTTP/1.1 201"] * 10 == answers
    assert 0 == server.stop()[0]


def test_an_answer_that_takes_seconds_is_waited_for_however_often_it_is_told_to_stop(run):
    server = run("--database", ":memory:")
    connection, rest = half_of_a_post(server, "late")
    until(lambda: "in_flight 2.0" in server.page("/metrics").text)
    (worker,) = server.workers()

    server.process.send_signal(signal.SIGTERM)
    until(lambda: refuses(server))
    for _ in range(4):
        os.kill(worker, signal.SIGTERM)
        until(lambda: not has_pending_signals(worker))
    with connection:
        connection.sendall(rest)

        assert b"HTTP/1.1 201" == connection.recv(12)
    assert 0 == server.stop()[0]


def has_pending_signals(pid):
    with open(f"/proc/{pid}/status") as status:
        found = dict(line.split(":\t") for line in status if line.startswith(("SigPnd", "ShdPnd")))
    return any(int(pending, 16) for pending in found.values())


def refuses(server):
    try:
        connect(server).close()
    except ConnectionRefusedError:
        return True
    return False


def test_an_answer_that_takes_too_long_is_not_waited_for(run):
    server = run("--database", ":memory:", "--drain-seconds", "1")
    connection, _ = half_of_a_post(server, "never")
    with connection:
        until(lambda: "in_flight 2.0" in server.page("/metrics").text)

        code, errors = server.stop()

    assert 0 == code
    assert "did not stop in time" in errors


def test_before_a_delayed_stop_it_says_that_it_is_not_ready_and_goes_on(run):
    server = run("--database", ":memory:", "--drain-delay", "60")
    server.process.send_signal(signal.SIGTERM)
    until(lambda: server.page("/readyz").status_code == 503)

    assert "stopping\n" == server.page("/readyz").text
    assert 200 == server.request("GET", "/Users").status_code
    assert 0 == server.stop(signal.SIGINT)[0]


def test_ctrl_c_in_a_terminal_reaches_all_processes_and_stops_them_quietly(run):
    server = run("--database", ":memory:")
    for worker in server.workers():
        os.kill(worker, signal.SIGINT)

    assert (0, "") == server.stop(signal.SIGINT)


def test_workers_end_with_the_server_that_is_killed(run, tmp_path):
    server = run("--database", str(tmp_path / "scim.db"), "--workers", "2")
    workers = server.workers()

    server.stop(signal.SIGKILL)

    until(lambda: not any(os.path.exists(f"/proc/{pid}/stat") and is_alive(pid) for pid in workers))


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_bodies_in_drops_keep_nobody_waiting(shared):
    begun = [half_of_a_post(shared, f"slow{number}")[0] for number in range(40)]
    try:
        assert 200 == shared.request("GET", "/Users?count=1").status_code
    finally:
        for connection in begun:
            connection.close()


def test_many_clients_at_once_lose_no_member(shared):
    names = [f"member{number}" for number in range(24)]
    users = [
        shared.request("POST", "/Users", {"schemas": [urns.USER], "userName": name}).json()["id"]
        for name in names
    ]
    body = {"schemas": [urns.GROUP], "displayName": "all"}
    group = shared.request("POST", "/Groups", body).json()["id"]

    def join(id):
        operation = {"op": "add", "path": "members", "value": [{"value": id}]}
        message = {"schemas": [urns.PATCH_OP], "Operations": [operation]}
        shared.request("PATCH", f"/Groups/{group}", message)

    threads = [threading.Thread(target=join, args=(id,)) for id in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    members = shared.request("GET", f"/Groups/{group}").json()["members"]
    assert set(users) == {member["value"] for member in members}


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_connection_that_says_nothing_more_is_closed(impatient, sent):
    with connect(impatient) as connection:
        connection.sendall(sent)

        assert is_closed(connection)


def test_a_connection_that_asks_for_nothing_more_is_closed(impatient):
    with connect(impatient) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")

        assert connection.recv(12) == b"HTTP/1.1 200"
        assert is_closed(connection)


def is_closed(connection):
    """Wait until the server closes a connection; what it says before does not matter."""
    while connection.recv(65536):
        pass
    return True


def test_a_connection_is_kept_after_an_answer_without_a_body(shared):
    body = {"schemas": [urns.USER], "userName": "short-lived"}
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {shared.token}"
        id = session.post(shared.url + "/Users", json=body, timeout=10).json()["id"]
        answer = session.delete(f"{shared.url}/Users/{id}", timeout=10)

    assert 204 == answer.status_code
    assert "close" != answer.headers.get("Connection")
