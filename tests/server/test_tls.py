"""TLS by the files of a certificate and its key."""

import re
import socket
import ssl
from urllib.parse import urlsplit

import pytest
import requests
import trustme
from cryptography.hazmat.primitives import serialization

from scim_protocol import urns
from tests.server.processes import Process, processes


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The files of a certificate for this machine, its key, and the authority that signed it."""
    folder, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    for number, part in enumerate(issued.cert_chain_pems):
        part.write_to_path(folder / "cert.pem", append=number > 0)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    (folder / "locked.pem").write_bytes(locked(issued.private_key_pem.bytes()))
    return folder


def locked(key):
    """A key that is read with a passphrase only."""
    return serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"passphrase"),
    )


def arguments(files, cert="cert.pem", key="key.pem"):
    return "--database", ":memory:", "--tls-cert", str(files / cert), "--tls-key", str(files / key)


@pytest.fixture(scope="module")
def server(files):
    with processes() as start:
        yield start(*arguments(files))


def test_it_announces_https(server):
    assert server.url.startswith("https://127.0.0.1:")


def test_urls_are_of_https(server, files):
    body = {"schemas": [urns.USER], "userName": "ada"}

    created = server.request("POST", "/Users", body, verify=str(files / "ca.pem")).json()

    assert created["meta"]["location"].startswith(server.url)


def test_who_does_not_know_the_authority_does_not_come_in(server):
    with pytest.raises(requests.exceptions.SSLError):
        server.request("GET", "/Users")


def test_plain_http_is_not_answered(server):
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url.replace("https", "http") + "/Users", timeout=10)


def test_no_version_of_tls_before_1_2_is_spoken(server, files):
    ssl_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ssl_context.load_verify_locations(str(files / "ca.pem"))

    with pytest.warns(DeprecationWarning, match="TLSVersion"):
        ssl_context.maximum_version = ssl.TLSVersion.TLSv1_1

    place = urlsplit(server.url)
    with (
        socket.create_connection((place.hostname, place.port), timeout=10) as connection,
        pytest.raises(ssl.SSLError),
    ):
        ssl_context.wrap_socket(connection, server_hostname="127.0.0.1")


def test_it_stops_cleanly(files):
    with processes() as start:
        server = start(*arguments(files))
        server.request("GET", "/Users", verify=str(files / "ca.pem"))

        assert (0, "") == server.stop()


@pytest.mark.parametrize(
    ("cert", "key", "said"),
    [
        ("cert.pem", "missing.pem", "--tls-key: .*missing.pem cannot be read"),
        ("key.pem", "key.pem", "are no certificate with its key"),
        ("ca.pem", "key.pem", "are no certificate with its key"),
        ("cert.pem", "cert.pem", "are no certificate with its key: one of them has not"),
        ("cert.pem", "locked.pem", "locked.pem is encrypted"),
    ],
)
def test_files_that_are_no_certificate_with_its_key_are_told(files, cert, key, said):
    code, errors = Process(*arguments(files, cert, key)).stop_by_itself()

    assert 2 == code
    assert re.search(said, errors)
    assert 1 == errors.count("\n")


def test_a_certificate_without_its_key_is_told(files):
    code, errors = Process(*arguments(files)[:4]).stop_by_itself()

    assert (2, "scim-server: --tls-cert: needs tls_key too.\n") == (code, errors)
