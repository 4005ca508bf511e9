"""The server beside a naive model of SCIM: after any sequence of requests both answer the same.

The sequences are the same each time; those of `make soak` are many more, and others for each SEED.
"""

import json
import os
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from scim_protocol import urns


def load(name):
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name(name))))


naive, drawn = load("naive_model.py"), load("naive_requests.py")
FIRST = ["User"] * 4 + ["Group"] * 3
SOAKING = bool(os.environ.get("SOAK"))


def comparable(resource):
    """Leave out what the model does not have, and the order where there is none."""
    for name in ("created", "lastModified", "location"):
        resource.get("meta", {}).pop(name, None)
    resource.get(drawn.EXT, {}).get("manager", {}).pop("$ref", None)
    for name in ("members", "groups"):
        parts = [{k: v for k, v in one.items() if k != "$ref"} for one in resource.pop(name, [])]
        resource[name] = sorted((part for part in parts if part), key=json.dumps)
    if "Resources" in resource:
        resource["Resources"] = list(map(comparable, resource["Resources"]))
    return {name: value for name, value in resource.items() if value not in ([], {}, None)}


# --- the two beside each other -----------------------------------------------------------------


class Beside(RuleBasedStateMachine):
    """Sends each request to the server, does the same to the model, and compares."""

    def __init__(self, api, strict):
        super().__init__()
        self.api, self.model = api, naive.Model(strict)

    def teardown(self):
        for one in self.api.get("/", attributes="meta.location", count=1000)["Resources"]:
            self.api.delete(one["meta"]["location"].partition(self.api.base)[2])

    @initialize(bodies=st.tuples(*map(drawn.bodies, FIRST)))
    def begin(self, bodies):
        """Make some of each kind, each of which refers to the one made before."""
        for kind, name, body in zip(FIRST, "ABCDEFG", bodies, strict=True):
            before = [{"value": id} for id in list(self.model.all)[-1:]]
            refers = {"members": before} if kind == "Group" else {}
            if kind == "User" and before:
                refers = {drawn.EXT: {"manager": before[0]}}
                refers["schemas"] = body["schemas"] and [*body["schemas"], drawn.EXT]
            body = body | refers | {drawn.NEEDED[kind]: name}
            self.carry_out(("POST", (kind, body), 0, None, None, "plain"))

    # --- what the numbers stand for ---

    def id(self, number, kind=None):
        """The id of one that is there, nearly always; of a kind, if one is named."""
        ids = self.model.ids(kind) if kind and number % 10 else list(self.model.all)
        return ids[number // 10 % len(ids)] if ids and number else "unknown"

    def with_ids(self, value):
        if isinstance(value, dict):
            return {name: self.with_ids(part) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(self.with_ids, value))
        return self.id(value) if type(value) is int else value

    def version(self, id, stale):
        """A version to name beside what it is as a header; None for none."""
        if stale is None or id not in self.model.all:
            return None, None
        version = self.model.all[id].version + stale
        return version, f'W/"{version}"'

    # --- what is expected ---

    def expected(self, act, *arguments, **named):
        """Return what the model does: its result and no faults, or none and what may be wrong."""
        try:
            return act(*arguments, **named), ()
        except naive.Refused as refused:
            return None, refused.args

    def agree(self, answer, act, *arguments, **named):
        result, faults = self.expected(act, *arguments, **named)
        if faults:
            assert answer.error in faults
        else:
            assert answer.status == 200, answer.text
            assert comparable(result) == comparable(answer.json)

    def written(self, method, kind, id, body, version, status, scim_type):
        """Do a change to the model too; compare how it ends, and tell whether it was done."""
        _, faults = self.expected(self.model.write, method, kind, id, body, version)
        if not faults:
            assert status < 300, scim_type
            return True
        # Which of several faults is told is open.
        several = method == "PATCH" and (
            len(body) > 1 or any(steps is None for _, steps, _ in body)
        )
        if several and 400 in dict(faults):
            assert status in (400, 409)
        else:
            assert (status, scim_type) in faults
        return False

    # --- what is done ---

    @rule(change=drawn.CHANGES)
    def change(self, change):
        self.carry_out(change)

    @rule(change=drawn.PATCHES_OF_VALUES)
    def patch_values(self, change):
        self.carry_out(change)

    def carry_out(self, change):
        (method, kind, id, body, version), sent = self.made(change)
        wanted = change[4]
        answer = self.api.request(
            method,
            sent["path"],
            sent.get("data"),
            headers={"If-Match": sent["version"]} if sent.get("version") else {},
            **drawn.parameters(drawn.question({"wanted": wanted})),
        )
        shown = answer.json if answer.text else {}
        id = id or shown.get("id")
        if not self.written(method, kind, id, body, version, answer.status, shown.get("scimType")):
            return
        if method == "DELETE" or (method, kind, wanted) == ("PATCH", "Group", None):
            assert (204, "") == (answer.status, answer.text)
        else:
            assert (201 if method == "POST" else 200) == answer.status
            assert comparable(self.model.read(kind, id, wanted)) == comparable(shown)

    def made(self, change):
        """Return a change as the model takes it, and as an operation of a bulk request."""
        method, of_what, number, stale, _, how = change
        kind, body = self.with_ids(of_what)
        id = None if method == "POST" else self.id(number, kind)
        version, header = self.version(id, stale)
        sent = {"method": method, "path": f"/{kind}s/{id}" if id else f"/{kind}s"}
        sent |= {"version": header} if header else {}
        sent |= {} if method == "DELETE" else {"data": drawn.message(method, kind, body, how)}
        return (method, kind, id, body, version), sent

    @rule(changes=st.lists(drawn.CHANGES, max_size=4))
    def bulk(self, changes):
        """Send several changes in one request; the model does them one by one."""
        made = [self.made(change) for change in changes]
        sent = [one | {"bulkId": str(n)} for n, (_, one) in enumerate(made)]
        answer = self.api.post("/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": sent})
        for ((method, kind, id, body, version), _), result in zip(
            made, answer.json["Operations"], strict=True
        ):
            id = id or result.get("location", "").rpartition("/")[2]
            scim_type = result.get("response", {}).get("scimType")
            self.written(method, kind, id, body, version, int(result["status"]), scim_type)
        self.everything()

    @rule()
    def everything(self):
        self.agree(self.api.get("/"), self.model.query, ("User", "Group"))

    @rule(number=drawn.IDS, made=drawn.of_kind(drawn.projections), stale=drawn.VERSIONS)
    def read(self, number, made, stale):
        kind, projection = made
        id = self.id(number, kind)
        _, header = self.version(id, stale)
        headers = {"If-None-Match": header} if header else {}
        answer = self.api.get(
            f"/{kind}s/{id}", headers=headers, **drawn.parameters(drawn.question(projection))
        )
        if stale == 0 and id in self.model.ids(kind) and len(projection) < 2:
            assert (304, "") == (answer.status, answer.text)
        else:
            self.agree(answer, self.model.read, kind, id, **projection)

    @rule(
        made=drawn.of_kind(drawn.asked),
        root=st.sampled_from([False, False, True]),
        post=st.booleans(),
        how=drawn.SPELLINGS,
    )
    def query(self, made, root, post, how):
        """Ask one endpoint or the server's root, by GET or POST."""
        kind, asked = made
        asked = asked | {"tree": self.with_ids(asked["tree"])}
        kinds, path = (("User", "Group"), "") if root else ((kind,), f"/{kind}s")
        sent = drawn.question(asked, how, None if root else kind)
        if post:
            answer = self.api.post(f"{path}/.search", {"schemas": [urns.SEARCH_REQUEST]} | sent)
        else:
            answer = self.api.get(path or "/", **drawn.parameters(sent))
        self.agree(answer, self.model.query, kinds, **asked)

    @rule(made=drawn.of_kind(drawn.asked), size=st.integers(1, 3))
    def query_page_by_page(self, made, size):
        """Follow the cursors: the pages have together what one page would have."""
        kind, asked = made
        asked = asked | {"tree": self.with_ids(asked["tree"]), "start": None, "count": None}
        expected, faults = self.expected(self.model.query, (kind,), **asked)
        found, cursor = [], ""
        while cursor is not None:
            sent = drawn.question(asked, "plain", kind) | {"count": size, "cursor": cursor}
            answer = self.api.get(f"/{kind}s", **drawn.parameters(sent))
            if faults:
                assert answer.error in faults
                return
            assert expected["totalResults"] == answer["totalResults"]
            found += answer.json.get("Resources", [])
            cursor = answer.json.get("nextCursor")
        assert list(map(comparable, expected["Resources"])) == list(map(comparable, found))

    @rule(made=drawn.of_kind(drawn.look_ups))
    def look_up(self, made):
        kind, tree = self.with_ids(made)
        answer = self.api.get(f"/{kind}s", filter=drawn.filter_text(tree, "plain"))
        self.agree(answer, self.model.query, (kind,), tree)


@pytest.mark.timeout(3600)  # To find the least of the sequences that fail may take minutes.
@pytest.mark.parametrize("strict", [True, False])
def test_the_server_and_the_model_never_differ(make_api, strict):
    api = make_api(strict=strict)

    run_state_machine_as_test(
        lambda: Beside(api, strict),
        settings=settings(
            max_examples=1500 if SOAKING else 30,
            stateful_step_count=40,
            deadline=None,
            database=None,
            derandomize=not SOAKING,
            print_blob=True,
            report_multiple_bugs=False,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
