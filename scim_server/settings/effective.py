"""The effective configuration, for people: with the source of each value, without secrets."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from scim_server.settings.checking import Settings
from scim_server.settings.keys import APP, LIMITS, SERVING, Key

MASK: Final = "…"
# Of a URL: the password behind the name, and those in parameters, whose names may be encoded.
_PASSWORD: Final = re.compile(
    r"(?<=://)([^:/?#@]*):.*@|([?&][^=&]*(?:pass|secret|_key|%)[^=&]*=)[^&#]*", re.IGNORECASE
)


def masked(database: str) -> str:
    """Return the name of a database, without the password that a URL may hold."""
    return _PASSWORD.sub(_mask, database)


def _mask(found: re.Match[str]) -> str:
    return f"{found[1]}:{MASK}@" if found[1] is not None else f"{found[2]}{MASK}"


def effective(settings: Settings) -> str:
    """Return the configuration as a TOML file that could be given; secrets are left out of it."""
    parts = [_part(title, keys, settings) for title, keys in _PARTS.items()]
    return "\n".join(line for part in parts for line in part)


_PARTS: Final = {"Serving": SERVING, "SCIM": APP, "Limits": LIMITS}


def _part(title: str, keys: tuple[Key, ...], settings: Settings) -> Iterator[str]:
    yield f"# {title}"
    for key in keys:
        yield _line(key, settings)
    yield ""


def _line(key: Key, settings: Settings) -> str:
    source = settings.sources.get(key.name, "default")
    value = settings.values[key.name]
    if key.secret:
        return (
            f'# {key.name} = "{MASK}"  # {"made at the start" if settings.made_token else source}'
        )
    if key.name == "database":
        by = next((n for n in ("database_env", "database_file") if n in settings.sources), None)
        source = settings.sources[by] if by else source
        value = masked(value)
        if by or MASK in value:
            return f"# database = {_toml(value)}  # {source}"
    if value is None:
        return f"# {key.name} =  # {source}"
    return f"{key.name} = {_toml(value)}  # {source}"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # Texts and lists of texts are written alike in JSON and TOML.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
