"""Where a request goes: its tenant, the path that is routed, and what its answer's URLs begin with.

    /scim/v2/Users                  of the default tenant
    /tenants/acme/scim/v2/Users     the same of another one

What stands before the base path is taken off the path and put behind SCRIPT_NAME, as for an app
that is mounted there: so all tenants have the same routes, and each one's URLs name it.
"""

import re
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from scim_protocol.dialects import Noted, Spoken, relax_path
from scim_server.host import check_host
from scim_server.store.contract import DEFAULT_TENANT

TENANTS: Final = "/tenants/"
_VERSION: Final = re.compile(r"v\d+")


class Address(NamedTuple):
    """A tenant's name, what its URLs have before the base path, and the path behind that."""

    tenant: str
    mount: str
    path: str


def address_of(path: str, base_path: str, noted: Noted, spoken: Spoken) -> Address:
    """Read the path of a request, as WSGI has it, into the one form that is routed."""
    tenant, mount, root = DEFAULT_TENANT, "", base_path + "/"
    if path.startswith(TENANTS) and not (base_path and path.startswith(root)):
        name, slash, rest = path[len(TENANTS) :].partition("/")
        # The default tenant has one address: by its name there is none.
        tenant = "" if name == DEFAULT_TENANT else _decoded(name)
        mount, path = TENANTS + name, slash + rest
    if not path.startswith(root) and (below := _without_version(path, base_path)):
        path = base_path + below
    # The base URL is one, with a slash at its end or without.
    if path in (root, base_path):
        return Address(tenant, mount, root)
    if path.endswith("/") or "//" in path:
        path = relax_path(path, noted, spoken)
    return Address(tenant, mount, path)


def _decoded(text: str) -> str:
    """Return text of which WSGI hands over the bytes as if they were Latin-1."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "replace")


def _without_version(path: str, base_path: str) -> str | None:
    """Return what follows the base URL where the version is left out: the latest is meant.

    RFC 7644 §3.13; another version is not served.
    """
    stem, _, version = base_path.rpartition("/")
    if not stem or not _VERSION.fullmatch(version) or not path.startswith(stem + "/"):
        return None
    rest = path.removeprefix(stem)
    return None if _VERSION.fullmatch(rest.split("/")[1]) else rest


def origin_of(environ: dict[str, Any]) -> str:
    """Return what the URLs of an answer begin with, as the request names the server.

    :raises BadRequest: its Host is none that a URL could be made of, or is missing.
    """
    header: str | None = environ.get("HTTP_HOST")
    if header is None and environ["SERVER_PROTOCOL"] == "HTTP/1.0":
        name = environ["SERVER_NAME"]
        header = f"{f'[{name}]' if ':' in name else name}:{environ['SERVER_PORT']}"
    mount = environ.get("SCRIPT_NAME", "")
    is_short = len(header or "") + len(mount) <= _REMEMBERED
    make = _remembered if is_short else _origin
    return make(header or "", environ["wsgi.url_scheme"], mount)


def _origin(header: str, scheme: str, mount: str) -> str:
    root = quote(_decoded(mount).rstrip("/"), safe="/!$&'()*+,;=:@")
    return f"{scheme}://{check_host(header, scheme)}{root}"


_REMEMBERED: Final = 256
_remembered: Final = lru_cache(maxsize=256)(_origin)
