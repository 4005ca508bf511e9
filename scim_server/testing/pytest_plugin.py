"""The pytest fixture `scim_server`: installing the package gives it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from scim_server.testing.live import LiveServer


@pytest.fixture
def scim_server() -> "Iterator[LiveServer]":
    """A SCIM server of the test's own, empty, on a free port of this machine."""
    # Imported late: pytest loads this module in every project where the package is installed.
    from scim_server.testing.live import LiveServer

    with LiveServer() as server:
        yield server
