"""Values as they are given, each with the place that it is from."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from scim_server.settings.keys import KEYS, PREFIX, Key

# Kubernetes and Docker tell a container of its neighbours; of one named scim-server in our names.
_NEIGHBOUR: Final = re.compile(r"(SERVICE_(HOST|PORT\w*)|PORT_\d+_(TCP|UDP)\w*)")
_TRUTHS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
# Names of files, which in a configuration file are relative to its folder.
_FILES: Final = frozenset(
    {"database_file", "token_file", "tls_cert", "tls_key", "schemas", "access_log"}
)


@dataclass(frozen=True)
class Given:
    """A value of a key; `place` names the file, variable or option, as a message begins."""

    key: Key
    value: Any = field(repr=False)
    place: str


@dataclass
class Layer:
    """What one place gives, and what is wrong with it."""

    given: dict[str, Given]
    problems: list[str]


def from_file(name: str) -> Layer:
    """Read a TOML file."""
    try:
        document = tomllib.loads(Path(name).read_text("utf-8"))
    except OSError as error:
        return Layer({}, [f"--config: {name} cannot be read: {error.strerror}."])
    except UnicodeDecodeError:
        return Layer({}, [f"{name}: is not UTF-8."])
    except tomllib.TOMLDecodeError as error:
        return Layer({}, [f"{name}: is not TOML: {error}."])
    layer = Layer({}, [])
    for key_name, value in document.items():
        key, place = KEYS.get(key_name), f"{name}: {key_name}"
        if key is None:
            layer.problems.append(f"{place}: is not a known key{_nearest(key_name)}")
        elif key.secret:
            layer.problems.append(
                f"{place}: a secret does not belong in this file; name a variable with"
                f" {key.name}_env, or a file with {key.name}_file."
            )
        else:
            layer.given[key_name] = Given(key, _beside(key, value, name), place)
    return layer


def _beside(key: Key, value: Any, file: str) -> Any:
    is_path = key.name in _FILES or (key.name == "database" and "://" not in str(value))
    if not is_path or not isinstance(value, str) or value in ("", "-", ":memory:"):
        return value
    return str(Path(file).absolute().parent / value)


def from_environment(environment: Mapping[str, str]) -> Layer:
    """Read the variables that begin with `SCIM_SERVER_`."""
    layer = Layer({}, [])
    for variable, text in sorted(environment.items()):
        name = variable.removeprefix(PREFIX)
        if name == variable or _is_of_a_neighbour(name, text):
            continue
        key = KEYS.get(name.lower())
        if key is None or not name.isupper():
            near = _nearest(name.lower(), lambda near: PREFIX + near.upper())
            layer.problems.append(f"{variable}: is not a known setting{near}")
        else:
            layer.given[key.name] = Given(key, _from_text(key, text), variable)
    return layer


def _is_of_a_neighbour(name: str, text: str) -> bool:
    return bool(_NEIGHBOUR.fullmatch(name)) or (name == "PORT" and "://" in text)


def from_options(options: Mapping[str, Any]) -> Layer:
    """Take the options of a command that were given, by the names of their keys."""
    layer = Layer({}, [])
    for name, value in options.items():
        if value is not None and value != () and value is not False:
            key = KEYS[name]
            read = list(value) if key.is_list else _from_text(key, value)
            layer.given[name] = Given(key, read, key.spelling)
    return layer


def _from_text(key: Key, value: Any) -> Any:
    """Return a text as the value that it means; what it does not mean is found out later."""
    if not isinstance(value, str):
        return value
    if key.is_list:
        return [part.strip() for part in value.split(",") if part.strip()]
    if key.is_flag:
        return _TRUTHS.get(value.strip().lower(), value)
    if re.fullmatch(r"-?\d{1,18}", value.strip()) and key.field.__class__.__name__ == "Integer":
        return int(value)
    return value


def _nearest(name: str, spelt: Any = str) -> str:
    near = get_close_matches(name, KEYS, 1)
    return f"; did you mean {spelt(near[0])}?" if near else "."


def layers(file: str | None, options: Mapping[str, Any]) -> Iterator[Layer]:
    """Yield the layers, each over the ones before."""
    if file is not None:
        yield from_file(file)
    yield from_environment(os.environ)
    yield from_options(options)
