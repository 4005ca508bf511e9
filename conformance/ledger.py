"""What was made on the endpoint, so that it can be removed whatever happens."""

from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from conformance.answer import Answer
from conformance.endpoint import Endpoint, Unanswered
from conformance.samples import name_of

_GONE = (200, 202, 204, 404, 410)


class Ledger:
    """Knows every resource that a creation made or may have made."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._paths: list[str] = []
        self._uncertain: list[tuple[str, str, str]] = []

    def before(self, method: str, path: str, body: object) -> None:
        """Note that a creation is about to be sent: its answer may never come."""
        name = name_of(body) if isinstance(body, dict) else None
        if method == "POST" and isinstance(body, dict) and name is not None:
            attribute = "userName" if body.get("userName") == name else "displayName"
            self._uncertain.append((path, attribute, name))

    def after(self, method: str, path: str, answer: Answer) -> None:
        """Note what the answer says was made or removed."""
        if method == "DELETE" and answer.status in _GONE and path in self._paths:
            self._paths.remove(path)
        if method != "POST":
            return
        if 400 <= answer.status < 500:
            self._forget(path)
        elif answer.ok and (made := self._path_of(path, answer)):
            self._forget(path)
            self._paths.append(made)

    def clean(self) -> list[str]:
        """Remove everything, the last made first; return the URLs of what would not go."""
        # Nothing is forgotten before it is done: an interruption may come at any line.
        left = []
        while self._uncertain:
            self._paths += self._search(*self._uncertain[-1])
            self._uncertain.pop()
        while self._paths:
            if not self._remove(self._paths[-1]):
                left.append(self._endpoint.url + self._paths[-1])
            self._paths.pop()
        return left

    def _forget(self, path: str) -> None:
        """A creation came to its end: the last one that was begun there."""
        begun = [entry for entry in self._uncertain if entry[0] == path]
        if begun:
            self._uncertain.remove(begun[-1])

    def _remove(self, path: str) -> bool:
        try:
            return self._endpoint.send("DELETE", path).status in _GONE
        except Unanswered:
            return False

    def _path_of(self, path: str, answer: Answer) -> str | None:
        """Where the new resource is, by its id, else by its Location."""
        given = (answer.document or {}).get("id")
        if isinstance(given, str) and given:
            return f"{path}/{quote(given, safe='')}"
        last = urlsplit(answer.headers.get("Location", "")).path.rpartition("/")[2]
        return f"{path}/{last}" if last else None

    def _search(self, path: str, attribute: str, name: str) -> Iterator[str]:
        """Look for what a creation without a usable answer may have made."""
        try:
            answer = self._endpoint.send("GET", path, query={"filter": f'{attribute} eq "{name}"'})
        except Unanswered:
            return
        for found in (answer.document or {}).get("Resources") or []:
            # The endpoint may ignore filters: only what bears our name is ours.
            if isinstance(found, dict) and found.get(attribute) == name and found.get("id"):
                yield f"{path}/{quote(str(found['id']), safe='')}"
