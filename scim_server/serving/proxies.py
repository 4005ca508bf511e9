"""What a proxy says of the request that it passes on: believed of those that are named, only.

X-Forwarded-For, -Proto, -Host, -Port and -Prefix, or Forwarded (RFC 7239). Of a chain of proxies
the part is believed that named proxies have written: the client is the first, from the right, that
is none of them. A proxy that writes X-Forwarded-For passes a Forwarded on as its client wrote it:
so that is believed only where there is none of the other.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

from scim_server.observe import Environ, WsgiApp

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

HEADERS: Final = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
)
# Set where a header of a proxy came from one that is not named: its sender is not who it seems.
UNNAMED: Final = "scim_server.unnamed_proxy"
_PREFIX: Final = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+/?")
# From where it can begin only: what is no pair is then gone through once.
_PAIR: Final = re.compile(r'(?:^|;)\s*+([A-Za-z-]++)=(?:"([^"]*)"|([^;,"\s]*))')


def read_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return networks that are written as `10.0.0.0/8`, or as one address.

    :raises ValueError: a text is none of these.
    """
    return tuple(ip_network(text.strip(), strict=False) for text in texts)


class Networks:
    """A set of addresses, asked for the same ones over and over."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = networks
        self._known = lru_cache(maxsize=1024)(self._look)

    def __contains__(self, text: str) -> bool:
        return self._known(text)

    def _look(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self._networks)


def behind_proxies(app: WsgiApp, trusted: Sequence[Network]) -> WsgiApp:
    """Wrap a WSGI app so that it sees requests as they came to the outermost named proxy."""
    named = Networks(trusted)

    def wrapped(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.keys().isdisjoint(HEADERS):
            return app(environ, start_response)
        if environ.get("REMOTE_ADDR", "") in named:
            _believe(environ, named)
        else:
            environ[UNNAMED] = True
        for header in HEADERS:
            environ.pop(header, None)
        return app(environ, start_response)

    return wrapped


def _believe(environ: Environ, named: Networks) -> None:
    said = None if "HTTP_X_FORWARDED_FOR" in environ else _forwarded(environ, named)
    said = said or _x_forwarded(environ, named)
    if client := said.get("for"):
        environ["REMOTE_ADDR"] = client
    if (scheme := said.get("proto", "").lower()) in ("http", "https"):
        environ["wsgi.url_scheme"] = scheme
    if host := said.get("host"):
        environ["HTTP_HOST"] = host
    if (port := said.get("port", "")).isdecimal():
        environ["HTTP_HOST"] = _with_port(environ.get("HTTP_HOST", ""), port)
    if _PREFIX.fullmatch(prefix := said.get("prefix", "")):
        _mount(environ, prefix.rstrip("/"))


def _mount(environ: Environ, prefix: str) -> None:
    """Put a prefix before all URLs, whether the proxy took it off the path or left it there."""
    path: str = environ.get("PATH_INFO", "")
    if path == prefix or path.startswith(prefix + "/"):
        environ["PATH_INFO"] = path.removeprefix(prefix)
    environ["SCRIPT_NAME"] = prefix + environ.get("SCRIPT_NAME", "")


def _x_forwarded(environ: Environ, named: Networks) -> dict[str, str]:
    chain = _items(environ.get("HTTP_X_FORWARDED_FOR", ""))
    at = _outermost(chain, named)
    written = max(1, len(chain) - at)
    said = {name: _written(environ, name, written) for name in ("proto", "host", "port", "prefix")}
    if chain:
        said["for"] = _without_port(chain[at])
    return said


def _written(environ: Environ, name: str, by: int) -> str:
    """Return what the outermost of so many named proxies has written, or one of them over it."""
    items = _items(environ.get(f"HTTP_X_FORWARDED_{name.upper()}", ""))
    return items[-min(by, len(items))] if items else ""


def _forwarded(environ: Environ, named: Networks) -> dict[str, str]:
    elements = [_pairs(text) for text in _items(environ.get("HTTP_FORWARDED", ""))]
    if not elements:
        return {}
    at = _outermost([element.get("for", "") for element in elements], named)
    element = elements[at]
    if "for" in element:
        element["for"] = _without_port(element["for"])
    return element


def _pairs(text: str) -> dict[str, str]:
    return {name.lower(): quoted or plain for name, quoted, plain in _PAIR.findall(text)}


def _outermost(chain: Sequence[str], named: Networks) -> int:
    """Return where the part of a chain begins that named proxies have written."""
    for at in range(len(chain) - 1, 0, -1):
        if _without_port(chain[at]) not in named:
            return at
    return 0


def _items(text: str) -> list[str]:
    return [item for part in text.split(",") if (item := part.strip())]


def _with_port(host: str, port: str) -> str:
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return f"{name}:{port}"


def _without_port(text: str) -> str:
    """Return the address of a `for`, of which one of IPv6 may be in brackets."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket that listens on IPv6 sees clients of IPv4 as ::ffff:a.b.c.d.
    return getattr(address, "ipv4_mapped", None) or address
