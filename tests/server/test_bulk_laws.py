"""Bulk requests of any operations come out as the same operations sent one by one."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim_protocol import urns

NAMES = ["ada", "bob", "cy"]
numbers = st.integers(0, 5)
names = st.sampled_from(NAMES)


def user(name):
    return {"schemas": [urns.USER], "userName": name, "externalId": name}


def group(name, *members):
    listed = [{"value": member} for member in members]
    return {"schemas": [urns.GROUP], "displayName": name, "members": listed}


def change(op, path, value):
    return {"schemas": [urns.PATCH_OP], "Operations": [{"op": op, "path": path, "value": value}]}


# Each operation is about resources that are there, by number, or about one that is not.
operations = st.one_of(
    st.builds(lambda n: ("POST", "Users", None, lambda ids: user(n)), names),
    st.builds(lambda n, m: ("POST", "Groups", None, lambda ids: group(n, ids[m])), names, numbers),
    st.builds(lambda i, n: ("PUT", "Users", i, lambda ids: user(n)), numbers, names),
    st.builds(
        lambda i, n, m: ("PUT", "Groups", i, lambda ids: group(n, ids[m])), numbers, names, numbers
    ),
    st.builds(
        lambda i, n: ("PATCH", "Users", i, lambda ids: change("replace", "userName", n)),
        numbers,
        names,
    ),
    st.builds(
        lambda i, op, m: (
            "PATCH",
            "Groups",
            i,
            lambda ids: change(op, "members", [{"value": ids[m]}]),
        ),
        numbers,
        st.sampled_from(["add", "replace", "Remove"]),
        numbers,
    ),
    st.builds(
        lambda kind, i: ("DELETE", kind, i, lambda ids: None),
        st.sampled_from(["Users", "Groups"]),
        numbers,
    ),
)
versions = st.sampled_from([None, None, None, 'W/"1"', 'W/"2"'])
requests = st.lists(st.tuples(operations, versions), max_size=8)


def start(api):
    """Empty a server and fill it anew; return the ids of what is there, and of what is not."""
    for endpoint in ("/Groups", "/Users"):
        for one in api.find("id pr", endpoint):
            api.delete(f"{endpoint}/{one['id']}")
    users = [api.user(f"user{n}") for n in range(3)]
    paths = [*users, api.group("first", *users[:2]), api.group("second")]
    return [path.rpartition("/")[2] for path in paths] + ["missing"]


def state(api, ids):
    """What a server holds, in names instead of ids."""
    found = [one for path in ("/Users", "/Groups") for one in api.find("id pr", path)]
    called = {one["id"]: one.get("userName") or one["displayName"] for one in found}
    shown = [
        (
            called[one["id"]],
            one.get("externalId"),
            one["meta"]["version"],
            one["id"] in ids,
            sorted(called[member["value"]] for member in one.get("members", [])),
        )
        for one in found
    ]
    return sorted(shown, key=repr)


def outcome(status, error, version):
    return str(status), (error or {}).get("scimType"), version


def send_alone(api, ids, wanted):
    results = []
    for (method, endpoint, number, data), version in wanted:
        path = f"/{endpoint}" + ("" if number is None else f"/{ids[number]}")
        headers = {"If-Match": version} if version and method != "POST" else {}
        answer = api.request(method, path, data(ids), headers=headers)
        error = answer.json if answer.status >= 400 else None
        results.append(outcome(answer.status, error, answer.headers.get("ETag")))
    return results


def send_together(api, ids, wanted):
    sent = []
    for at, ((method, endpoint, number, data), version) in enumerate(wanted):
        path = f"/{endpoint}" + ("" if number is None else f"/{ids[number]}")
        each = {"method": method, "path": path, "bulkId": str(at), "data": data(ids)}
        sent.append(each | ({"version": version} if version else {}))
    answer = api.post("/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": sent})
    assert 200 == answer.status, answer.text
    return [outcome(r["status"], r.get("response"), r.get("version")) for r in answer["Operations"]]


@pytest.fixture(scope="module")
def two(open_api):
    return open_api(), open_api()


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(wanted=requests)
def test_operations_do_together_what_they_do_one_by_one(two, wanted):
    alone, together = two
    ids, others = start(alone), start(together)

    assert send_alone(alone, ids, wanted) == send_together(together, others, wanted)
    assert state(alone, ids) == state(together, others)
