"""Metrics: what they count, for whom, and over all workers."""

import os
import re
import signal
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from scim_protocol import urns
from scim_server.serving.metrics import Routes
from tests.server.processes import processes

ENDPOINTS = ["/Users", "/Groups", "/Me", "/Bulk", "/.search", "/Schemas"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    database = tmp_path_factory.mktemp("metrics") / "scim.db"
    with processes() as start:
        yield start("--database", str(database), "--workers", "2")


def samples(server, name):
    """The values of a metric by its labels, those of `le` left out."""
    text = server.page("/metrics").text
    families = text_string_to_metric_families(text)
    return {
        tuple(sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
        if sample.name == name
    }


def answered(server, **labels):
    counts = samples(server, "scim_server_request_duration_seconds_count")
    return counts.get(tuple(sorted(labels.items())), 0)


def test_requests_are_counted_over_all_workers(server):
    labels = {"method": "GET", "route": "/Groups", "status": "200"}
    before = answered(server, **labels)

    for _ in range(20):
        server.request("GET", "/Groups?count=1")

    assert 20 == answered(server, **labels) - before


def test_what_a_killed_worker_has_counted_is_not_lost(server):
    labels = {"method": "GET", "route": "/Schemas", "status": "200"}
    for _ in range(10):
        server.request("GET", "/Schemas")
    counted = answered(server, **labels)
    killed = min(server.workers())

    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 15
    while killed in server.workers() or len(server.workers()) < 2:
        assert time.monotonic() < deadline
    server.request("GET", "/Schemas")

    assert counted + 1 == answered(server, **labels)


def test_ids_are_in_no_label(server):
    body = {"schemas": [urns.USER], "userName": "counted"}
    id = server.request("POST", "/Users", body).json()["id"]
    server.request("GET", f"/Users/{id}")
    server.request("GET", f"/{id}")
    server.request("BREW", "/Users")

    text = server.page("/metrics").text
    assert id not in text
    assert "BREW" not in text


def test_writes_tell_how_long_they_waited(server):
    before = samples(server, "scim_server_write_wait_seconds_count").get((), 0)

    server.request("POST", "/Users", {"schemas": [urns.USER], "userName": "waited"})

    assert before + 1 == samples(server, "scim_server_write_wait_seconds_count")[()]


def test_requests_in_flight_are_counted(server):
    assert {(): 1.0} == samples(server, "scim_server_requests_in_flight")


def test_metrics_are_in_the_format_of_prometheus(server):
    server.request("GET", "/Users")  # A histogram is there from its first request on.
    answer = server.page("/metrics")

    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert re.search(r"^# TYPE scim_server_request_duration_seconds histogram$", answer.text, re.M)


def test_who_comes_through_a_proxy_that_is_not_named_sees_no_metrics(server):
    answer = server.page("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})

    assert 403 == answer.status_code
    assert "scim_server_" not in answer.text


def test_metrics_are_for_the_networks_that_are_named():
    with processes() as start:
        server = start("--database", ":memory:", "--metrics-allow", "192.0.2.0/24")

        assert 403 == server.page("/metrics").status_code


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/scim/v2/Users", "/Users"),
        ("/scim/v2/Users/", "/Users/{id}"),
        ("/scim/v2/Users/4711", "/Users/{id}"),
        ("/scim/v2/Users/.search", "/Users/.search"),
        ("/scim/v2/.search", "/.search"),
        ("/scim/v2/Me", "/Me"),
        ("/scim/v2/", "/"),
        ("/scim/v2/nothing", "other"),
        ("/scim/v2", "other"),
        ("/tenants/acme/scim/v2/Users/4711", "/Users/{id}"),
        ("/tenants/acme/nothing", "other"),
        ("/healthz", "/healthz"),
        ("/etc/passwd", "other"),
    ],
)
def test_a_path_is_counted_under_the_template_of_its_route(path, route):
    assert route == Routes("/scim/v2", ENDPOINTS).of(path)
