"""What a server is told at its start, checked before anything runs."""

import pytest

from scim_server import Config, ConfigError


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "tokens: "),
        ({"tokens": []}, "tokens: one token at least"),
        ({"tokens": ["a b"]}, "tokens: a token is"),
        ({"tokens": "abc"}, "tokens: "),
        ({"tokens": ["a"], "base_path": "scim/v2"}, "base_path: must be like /scim/v2"),
        ({"tokens": ["a"], "base_path": "/scim/"}, "base_path: "),
        ({"tokens": ["a"], "base_path": "/<id>"}, "base_path: "),
        ({"tokens": ["a"], "page_size": 0}, "page_size: "),
        ({"tokens": ["a"], "page_size": 20, "max_page_size": 10}, "page_size: cannot be more"),
        ({"tokens": ["a"], "page_size": 2000}, "page_size: cannot be more"),
        ({"tokens": ["a"], "strict": "perhaps"}, "strict: "),
        ({"tokens": ["a"], "max_body": 1.5}, "max_body: "),
        ({"tokens": ["a"], "colour": "red"}, "colour: "),
        ({"tokens": ["a"], "dialects": ["klingon"]}, "dialects: there is no optional dialect klin"),
        (
            {"tokens": ["a"], "strict": True, "dialects": ["json-in-value"]},
            "dialects: a strict server understands none",
        ),
    ],
)
def test_a_setting_that_it_does_not_take_is_named(settings, said):
    with pytest.raises(ConfigError, match=f"^{said}"):
        Config.load(settings)


def test_an_attribute_that_cannot_be_indexed_is_named(make_api):
    with pytest.raises(ConfigError, match="'colour'"):
        make_api(indexed=["colour"])


@pytest.mark.parametrize("path", ["password", "members.value", "active", "name", "meta.created"])
def test_what_no_index_can_answer_for_is_refused(make_api, path):
    with pytest.raises(ConfigError, match=path):
        make_api(indexed=[path])


def test_the_base_path_may_be_empty(make_api):
    assert 200 == make_api(base_path="").get("/Users").status
