"""The access log: a line of JSON a request, without secrets and without what was asked for."""

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import orjson

from scim_server.config import ConfigError
from scim_server.observe import Exchange

STANDARD_ERROR: Final = "-"
# Parameters of SCIM itself. The name of any other may be a secret that was put into a URL.
_KNOWN: Final = frozenset(
    {"filter", "attributes", "excludedAttributes", "sortBy", "sortOrder"}
    | {"startIndex", "count", "cursor"}
)
# Nobody wants to read of probes, which come every few seconds.
QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class AccessLog:
    """Writes a line a request to a file, which any number of processes may append to.

    :param name: a file name, or `-` for standard error.
    :raises ConfigError: the file cannot be written.
    """

    def __init__(self, name: str) -> None:
        self._file = 2 if name == STANDARD_ERROR else _append(Path(name))

    def close(self) -> None:
        """Let the file go."""
        if self._file != 2:
            os.close(self._file)

    def __call__(self, exchange: Exchange) -> None:
        """Write down an exchange; a full disk is no reason to fail a request that was answered."""
        if exchange.path not in QUIET:
            with suppress(OSError):
                os.write(self._file, orjson.dumps(line_of(exchange)) + b"\n")


def _append(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(f"access_log: {path} cannot be written: {error.strerror}.") from None


def line_of(exchange: Exchange) -> dict[str, object]:
    """Return what is told of an exchange: of a query only the names of its parameters."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "request_id": exchange.request_id,
        "client": exchange.client,
        "tenant": exchange.tenant,
        "token": exchange.token,
        "method": exchange.method,
        "path": exchange.path,
        "query": _names(exchange.query),
        "status": exchange.status,
        "ms": round(exchange.milliseconds, 2),
        "bytes": exchange.size,
    }


def _names(query: str) -> list[str]:
    names = (unquote(part.partition("=")[0]) for part in query.split("&") if part)
    return [name if name in _KNOWN else "…" for name in names]
