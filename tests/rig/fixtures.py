"""What tests of the engine ask for by name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.control import FakeTarget, fake_target
from tests.rig.engine import TOKEN_VARIABLE
from tests.rig.world import World


@pytest.fixture(scope="session")
def rig_target() -> Iterator[FakeTarget]:
    """A fake target for all tests; `World.begin` empties it."""
    with fake_target() as target:
        yield target


@pytest.fixture
def world(tmp_path: Path, rig_target: FakeTarget, monkeypatch: pytest.MonkeyPatch) -> World:
    """A small company before its first day."""
    monkeypatch.setenv(TOKEN_VARIABLE, "rig-token")
    return World(tmp_path, rig_target)
