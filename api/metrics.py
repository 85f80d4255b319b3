"""How often and how fast each route answers, for a monitor to collect."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

REGISTRY: Final = CollectorRegistry()
_REQUESTS: Final = Counter(
    "sparewise_requests", "requests answered", ["method", "route", "status"], registry=REGISTRY
)
_SECONDS: Final = Histogram(
    "sparewise_request_seconds",
    "seconds until the answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0),
    registry=REGISTRY,
)


def note(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request."""
    _REQUESTS.labels(method, route, str(status)).inc()
    _SECONDS.labels(route).observe(seconds)


def text() -> bytes:
    """Everything counted so far, in the exposition format."""
    return generate_latest(REGISTRY)
