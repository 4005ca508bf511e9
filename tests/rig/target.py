"""A fake SCIM target in a process of its own: `python -m tests.rig.target`.

It prints its port, keeps a log of every request, and is programmed and read under `/control`:
`GET log`, `GET store`, `GET counts`, `POST settings`, `POST edit`, `POST reset`, `POST keep` and
`POST restore`. One thread does everything, in the order in which requests come, so that its log is
the truth of what happened.
"""

import asyncio
import os
import random
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from tests.rig.faults import Bucket, Fault
from tests.rig.quirks import AT_READ, AT_WRITE, garbled
from tests.rig.store import Collection, Refused, Resource, everything
from tests.rig.wire import CUT, serve

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
BASE = "/scim/v2"
Answer = tuple[int, dict[str, str], Any]


class Target:
    """The store, the log, and all that can be programmed."""

    def __init__(self) -> None:
        self.program({})

    def program(self, settings: dict[str, Any]) -> None:
        """Begin anew: empty, quick and without faults, except for what the settings say."""
        unique = settings.get("unique", True)
        self.collections = {
            "Users": Collection("Users", "userName" if unique else None),
            "Groups": Collection("Groups", "displayName" if unique else None),
        }
        self.log: list[tuple[Any, ...]] = []
        self.overlaps = 0
        self._on_their_way: Counter[str] = Counter()
        self.latency = 0.0
        self.page_size = 100
        self.versions = False
        self.pid_file = ""
        self.quirks: list[str] = []
        self.faults: list[Fault] = []
        self.buckets: list[Bucket] = []
        self.dice = random.Random(0)
        self.change({name: settings[name] for name in settings if name != "unique"})

    def keep(self) -> None:
        """Remember all that is held, for `restore`."""
        self._kept = deepcopy(self.collections)

    def restore(self, settings: dict[str, Any]) -> None:
        """Begin anew with what was kept."""
        self.program(settings)
        self.collections = deepcopy(self._kept)

    def change(self, settings: dict[str, Any]) -> None:
        """Change what is named, and leave the rest."""
        made: dict[str, Callable[[Any], Any]] = {
            "faults": lambda value: [Fault(**each) for each in value],
            "buckets": lambda value: [Bucket(**each, level=each["burst"]) for each in value],
            "dice": random.Random,
        }
        for name, value in settings.items():
            if not hasattr(self, name):
                raise ValueError(f"the target has no setting {name}")
            setattr(self, name, made[name](value) if name in made else value)

    def handle(self, method: str, path: str, body: bytes) -> tuple[Answer, float, bool]:
        """Answer a request; return the answer, how long it takes, and whether a kill follows."""
        fault = self._fault(method, path, body)
        answer, killing = self._with_fault(fault, method, path, body)
        seconds = self.latency + (fault.seconds if fault and fault.do == "slow" else 0.0)
        name = _name(body) if method != "GET" else ""
        self.log.append((time.time(), "engine", method, path, len(body), answer[0], name, body))
        return answer, seconds, killing

    def _with_fault(
        self, fault: Fault | None, method: str, path: str, body: bytes
    ) -> tuple[Answer, bool]:
        if (wait := self._busy_for(method, path)) is not None:
            return (429, {"Retry-After": f"{wait:g}"}, _error(429, "too many requests")), False
        if fault is None:
            return self._carried_out(method, path, body), False
        if fault.do == "answer":
            shown = fault.body or _error(fault.status, "as the script of faults has it")
            return (fault.status, fault.headers, shown), False
        if fault.do == "cut before":
            return (CUT, {}, None), False
        if fault.do == "kill before":
            self.kill()
            return (CUT, {}, None), False
        for edit in fault.edits:
            self.edit(*edit)
        answer = self._carried_out(method, path, body)
        if fault.do == "kill after":
            self.kill()
        if fault.do in ("cut after", "kill after"):
            return (CUT, {}, None), False
        if fault.do == "garbage":
            return (answer[0], {"Content-Type": "text/html"}, b"<html>502 proxy</html>"), False
        return answer, fault.do == "kill answered"

    def _busy_for(self, method: str, path: str) -> float | None:
        counting = (each for each in self.buckets if each.counts(method, path))
        waits = (bucket.take(time.monotonic()) for bucket in counting)
        return next((wait for wait in waits if wait is not None), None)

    def _fault(self, method: str, path: str, body: bytes) -> Fault | None:
        if not self.faults:
            return None
        text = unquote(path) + body.decode(errors="replace")
        return next((each for each in self.faults if each.hits(method, text, self.dice)), None)

    def kill(self) -> None:
        """Kill the engine, as the machine under it might be switched off."""
        os.kill(int(Path(self.pid_file).read_text()), signal.SIGKILL)

    def edit(self, method: str, path: str, document: Any = None) -> Answer:
        """Let somebody else carry a request out; `{anchor}` stands for the id of an object."""
        path = self._with_ids(path)
        body = self._with_ids(orjson.dumps(document).decode()).encode() if document else b""
        answer = self._carried_out(method, BASE + path, body)
        self.log.append(
            (time.time(), "other", method, BASE + path, len(body), answer[0], _name(body), body)
        )
        return answer

    def _with_ids(self, text: str) -> str:
        for anchor in set(re.findall(r"\{(\w+)\}", text)):
            for collection in self.collections.values():
                for resource in collection.find(f'externalId eq "{anchor}"'):
                    text = text.replace(f"{{{anchor}}}", resource["id"])
        return text

    def _carried_out(self, method: str, path: str, body: bytes) -> Answer:
        try:
            return self._dispatch(method, path, orjson.loads(body) if body else None)
        except Refused as error:
            return error.status, {}, _error(error.status, str(error), error.scim_type)

    def _dispatch(self, method: str, path: str, document: Any) -> Answer:
        url = urlsplit(path.removeprefix(BASE))
        _, name, *rest = url.path.split("/")
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if name in ("ServiceProviderConfig", "Schemas", "ResourceTypes"):
            return self._discovery(name)
        collection = self.collections.get(name)
        if collection is None or not path.startswith(BASE):
            raise Refused(404, f"there is nothing at {path}")
        identifier = unquote(rest[0]) if rest else None
        if method == "GET":
            return self._read(collection, identifier, query)
        return self._write(method, collection, identifier, document)

    def _read(self, collection: Collection, identifier: str | None, query: Resource) -> Answer:
        bare = "members" in query.get("excludedAttributes", "")
        if identifier is not None:
            return 200, {}, self._shown(collection, collection.get(identifier), bare)
        found = collection.find(query.get("filter"))
        start = max(1, int(query.get("startIndex", 1)))
        size = min(self.page_size, int(query.get("count", self.page_size)))
        page = found[start - 1 : start - 1 + size]
        return (
            200,
            {},
            {
                "schemas": [LIST],
                "totalResults": len(found),
                "startIndex": start,
                "itemsPerPage": len(page),
                "Resources": [self._shown(collection, each, bare) for each in page],
            },
        )

    def _write(
        self, method: str, collection: Collection, identifier: str | None, document: Any
    ) -> Answer:
        status = 200
        if method == "POST" and identifier is None:
            status = 201
            resource = collection.create(garbled(document, self.quirks, AT_WRITE))
        elif identifier is None:
            raise Refused(405, f"{method} is not for lists")
        elif method == "PUT":
            resource = collection.replace(identifier, garbled(document, self.quirks, AT_WRITE))
        elif method == "PATCH":
            resource = collection.patch(identifier, document["Operations"])
            if any(quirk in AT_WRITE for quirk in self.quirks):
                resource = collection.replace(
                    identifier, garbled(collection.whole(resource), self.quirks, AT_WRITE)
                )
        elif method == "DELETE":
            self._delete(collection, identifier)
            return 204, {}, None
        else:
            raise Refused(405, f"{method} is not known")
        if collection.name == "Groups" and status == 200:
            return 204, {}, None
        if "echoes nothing" in self.quirks and status == 200:
            return 204, {}, None
        return status, {}, self._shown(collection, resource, bare=status == 200)

    def _delete(self, collection: Collection, identifier: str) -> None:
        collection.delete(identifier)
        for members in self.collections["Groups"].members.values():
            members.pop(identifier, None)

    def _shown(self, collection: Collection, resource: Resource, bare: bool) -> Resource:
        shown = resource if bare else collection.whole(resource)
        if self.versions:
            shown = {**shown, "meta": {"version": str(collection.changes[resource["id"]])}}
        return garbled(shown, self.quirks, AT_READ)

    def _discovery(self, name: str) -> Answer:
        if name != "ServiceProviderConfig":
            return 200, {}, {"schemas": [LIST], "totalResults": 0, "Resources": []}
        yes, no = {"supported": True}, {"supported": False}
        return (
            200,
            {},
            {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
                "patch": yes,
                "bulk": {**no, "maxOperations": 0, "maxPayloadSize": 0},
                "filter": {**yes, "maxResults": self.page_size},
                "changePassword": no,
                "sort": no,
                "etag": no,
                "authenticationSchemes": [],
            },
        )

    def control(self, method: str, path: str, body: bytes) -> Any:
        """Answer who programs and reads this target."""
        document = orjson.loads(body) if body else {}
        if path == "/control/store":
            return {name: list(everything(each)) for name, each in self.collections.items()}
        if path == "/control/log":
            since = int(document.get("since", 0))
            return {"log": [(*row[:7], row[7].decode()) for row in self.log[since:]]}
        if path == "/control/counts":
            return {"requests": len(self.log), "overlaps": self.overlaps}
        if path == "/control/settings":
            self.change(document)
        if path == "/control/reset":
            self.program(document)
        if path == "/control/keep":
            self.keep()
        if path == "/control/restore":
            self.restore(document)
        if path == "/control/edit":
            return self.edit(*document)[2]
        return {}

    def begins(self, method: str, path: str) -> None:
        """Count changes of one resource that are on their way at once."""
        if method in ("PATCH", "PUT", "DELETE"):
            self._on_their_way[path] += 1
            self.overlaps += self._on_their_way[path] > 1

    def ends(self, method: str, path: str) -> None:
        """The answer is on its way back."""
        if method in ("PATCH", "PUT", "DELETE"):
            self._on_their_way[path] -= 1


def _name(body: bytes) -> str:
    """Return by what name a body speaks of an object, if it does."""
    document = orjson.loads(body) if body.startswith(b"{") else {}
    return str(document.get("externalId") or document.get("userName") or "")


def _error(status: int, detail: str, scim_type: str | None = None) -> Resource:
    more = {"scimType": scim_type} if scim_type else {}
    return {"schemas": [ERROR], "status": str(status), "detail": detail, **more}


def _end_with_the_tests() -> None:
    """End when who started this has ended, however that came."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_tests, daemon=True).start()
    asyncio.run(serve(Target(), announce=lambda port: print(port, flush=True)))
