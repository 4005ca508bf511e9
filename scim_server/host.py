"""The Host of a request: URLs are made of it (RFC 9112 §3.2, RFC 3986 §3.2)."""

import re
from ipaddress import IPv6Address
from typing import Final

from scim_protocol.errors import BadRequest

_DEFAULT_PORTS: Final = {"http": "80", "https": "443"}
# A name may have an underscore, as those of Docker Compose do, and a port may be empty.
_LABEL: Final = r"(?:[A-Za-z0-9\-_~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+"
_HOST: Final = re.compile(
    rf"(?P<name>\[(?P<address>[0-9A-Fa-f:.]+)\]|{_LABEL}(?:\.{_LABEL})*\.?)(?::(?P<port>[0-9]*))?"
)


def check_host(header: str, scheme: str) -> str:
    """Return a Host as it came, without the port that its scheme has anyway.

    :raises BadRequest: no URL could be made of it.
    """
    found = _HOST.fullmatch(header)
    if found is None or not _is_right(found["address"], found["port"] or ""):
        raise BadRequest("The Host header is not the name of a host, with a port or without.")
    return found["name"] if found["port"] == _DEFAULT_PORTS.get(scheme) else header


def _is_right(address: str | None, port: str) -> bool:
    # Leading zeros may be many, and digits too: what is longer is not read as a number.
    digits = port.lstrip("0")
    if len(digits) > 5 or int(digits or "0") > 65535:
        return False
    try:
        return address is None or bool(IPv6Address(address))
    except ValueError:
        return False
