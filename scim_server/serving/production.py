"""All that stands around the app in production, from the outside in."""

from dataclasses import dataclass
from typing import Final

from scim_server.observe import Observer, WsgiApp, observed
from scim_server.serving.gate import gated
from scim_server.serving.health import Page, with_pages
from scim_server.serving.metrics import Metrics
from scim_server.serving.proxies import Network, behind_proxies
from scim_server.serving.request_ids import with_request_ids

HEALTH: Final = "/healthz"
READY: Final = "/readyz"
METRICS: Final = "/metrics"


@dataclass(frozen=True)
class Surroundings:
    """What is put around the app.

    :param places: how many requests are worked on at once.
    :param max_body: the most bytes of a body that the app takes.
    """

    places: int
    max_body: int
    pages: dict[str, Page]
    observers: tuple[Observer, ...] = ()
    trusted: tuple[Network, ...] = ()
    metrics: Metrics | None = None


def production(app: WsgiApp, around: Surroundings) -> WsgiApp:
    """Return the app as it is served in production."""
    served = with_pages(gated(app, around.places, around.max_body), around.pages)
    if around.metrics is not None:
        served = around.metrics.counting(served)
    served = observed(served, *around.observers)
    return behind_proxies(with_request_ids(served), around.trusted)
