"""The layers put over one another and checked: what a server is told, or what is wrong with it."""

import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from marshmallow import ValidationError

from scim_server.config import Config, ConfigError
from scim_server.serving.proxies import Network, read_networks
from scim_server.settings.keys import ALTERNATIVES, KEYS, LIMITS, Key
from scim_server.settings.layers import Given, Layer, layers

MEMORY: Final = ":memory:"
_ALONE: Final = (
    "several workers cannot share a database in memory (:memory:); name a file or a URL."
)


@dataclass(frozen=True)
class Settings:
    """What `scim-server run` is told.

    :param config: what is for the app.
    :param values: the value of each key, in its one form.
    :param sources: the place that each value is from; keys left at their default are not there.
    :param made_token: a token was made, as none was given: it is to be shown.
    """

    config: Config
    values: Mapping[str, Any] = field(repr=False)
    sources: Mapping[str, str]
    made_token: bool

    @property
    def scheme(self) -> str:
        """What the URLs of the server begin with."""
        return "https" if self.values["tls_cert"] else "http"

    @property
    def trusted(self) -> tuple[Network, ...]:
        """The proxies that are believed."""
        return read_networks(self.values["trusted_proxies"])

    @property
    def metrics_allow(self) -> tuple[Network, ...]:
        """Who may see the metrics."""
        return read_networks(self.values["metrics_allow"])

    def without_made_token(self) -> "Settings":
        """Return the same, without the token that was made as none was given."""
        if not self.made_token:
            return self
        config = replace(self.config, tokens=(), subjects={})
        return replace(self, config=config, made_token=False)


def read_settings(file: str | None, options: Mapping[str, Any]) -> Settings:
    """Read the configuration of a server: defaults <- file <- environment <- options.

    :raises ConfigError: with all that is wrong, a line for each fault.
    """
    given, problems = _merged(layers(file, options))
    checked = {name: value for name, one in given.items() if (value := _checked(one, problems))}
    values = {
        name: checked[name].value if name in checked else _default(key, given)
        for name, key in KEYS.items()
    }
    if not problems:
        problems += _disagreements(values, given)
    if problems:
        raise ConfigError("\n".join(problems))
    token = _secret(given, "token", problems)
    values["token"] = secrets.token_urlsafe(24) if token is None else token
    values["database"] = _secret(given, "database", problems) or values["database"]
    if values["workers"] > 1 and values["database"] == MEMORY:
        problems.append(f"{_where(given, 'workers')}: {_ALONE}")
    if problems:
        raise ConfigError("\n".join(problems))
    sources = {name: one.place for name, one in given.items()}
    return Settings(_config(values, given), values, sources, made_token=token is None)


def _merged(all_layers: Iterable[Layer]) -> tuple[dict[str, Given], list[str]]:
    given: dict[str, Given] = {}
    problems: list[str] = []
    for layer in all_layers:
        problems += layer.problems
        for names in ALTERNATIVES:
            here = [name for name in names if name in layer.given]
            if len(here) > 1:
                first, second = (layer.given[name] for name in here[:2])
                problems.append(f"{first.place}: give it or {second.key.name}, not both.")
            if here:
                for name in names:
                    given.pop(name, None)
        given |= layer.given
    return given, problems


def _checked(one: Given, problems: list[str]) -> Given | None:
    """Return a value in its one form; note what is wrong with it."""
    try:
        value = one.key.field.deserialize(one.value)
    except ValidationError as error:
        problems.append(f"{one.place}: {_reason(error.messages, one)}")
        return None
    return Given(one.key, value, one.place)


def _reason(messages: Any, one: Given) -> str:
    while isinstance(messages, dict):
        messages = next(iter(messages.values()))
    message = str(messages[0])
    message = message[0].lower() + message[1:]
    # A URL may hold a password, wherever it was given.
    is_hidden = one.key.secret or isinstance(one.value, list | dict) or "://" in str(one.value)
    if is_hidden or str(one.value) in message or not str(one.value).isprintable():
        return message
    return f"{message[:-1]}; {one.value!s:.60} is not."


def _default(key: Key, given: Mapping[str, Given]) -> Any:
    if key.name == "database" and not given.keys().isdisjoint(("database_env", "database_file")):
        return None
    return key.default() if callable(key.default) else key.default


def _where(given: Mapping[str, Given], name: str) -> str:
    return given[name].place if name in given else name


def _disagreements(values: Mapping[str, Any], given: Mapping[str, Given]) -> list[str]:
    """Return what is wrong with values beside one another."""
    found = []
    if (values["tls_cert"] is None) != (values["tls_key"] is None):
        has, lacks = ("tls_cert", "tls_key") if values["tls_cert"] else ("tls_key", "tls_cert")
        found.append(f"{_where(given, has)}: needs {lacks} too.")
    for name in ("tls_cert", "tls_key"):
        if values[name] and not os.access(values[name], os.R_OK):
            found.append(f"{_where(given, name)}: {values[name]} cannot be read.")
    if values["page_size"] > values["max_page_size"]:
        name = "page_size" if "page_size" in given else "max_page_size"
        found.append(f"{_where(given, name)}: page_size cannot be more than max_page_size.")
    if values["strict"] and values["dialects"]:
        found.append(f"{_where(given, 'dialects')}: a strict server understands no dialects.")
    return found


def _secret(given: Mapping[str, Given], name: str, problems: list[str]) -> str | None:
    """Return what one of the ways to give it gives."""
    if name in given:
        return str(given[name].value)
    if one := given.get(f"{name}_env"):
        if not (text := os.environ.get(one.value, "")):
            problems.append(f"{one.place}: the environment variable {one.value} is not set.")
        return text
    if one := given.get(f"{name}_file"):
        return _content(one, problems)
    return None


def _content(one: Given, problems: list[str]) -> str:
    try:
        text = Path(one.value).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        problems.append(f"{one.place}: {one.value} cannot be read: {reason}.")
        return ""
    if not text:
        problems.append(f"{one.place}: {one.value} is empty.")
    return text


_SAME: Final = (
    "base_path", "schemas", "strict", "dialects", "skip_unknown_members", "indexed", "database",
    *(key.name for key in LIMITS),
)  # fmt: skip


def _config(values: Mapping[str, Any], given: Mapping[str, Given]) -> Config:
    token = values["token"]
    settings = {name: values[name] for name in _SAME}
    settings["tokens"] = [token]
    settings["subjects"] = {token: values["me"]} if values["me"] else {}
    settings["unique_group_names"] = not (values["allow_duplicate_groups"] or values["strict"])
    try:
        return Config.load(settings)
    except ConfigError as error:
        name, _, reason = str(error).partition(": ")
        source = {"tokens": next((n for n in ALTERNATIVES[0] if n in given), "token")}.get(
            name, name
        )
        raise ConfigError(f"{_where(given, source)}: {reason}") from None
