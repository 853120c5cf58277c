"""Prometheus metrics of one application, in a registry of its own."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Request durations by method, route template and status; services add their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Histogram(
            "usga_http_request_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ("method", "route", "status"),
            registry=self.registry,
            buckets=_BUCKETS,
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one finished request."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def gauge(self, name: str, words: str, *labels: str) -> Gauge:
        """A further value that goes up and down."""
        return Gauge(name, words, labels, registry=self.registry)

    def counter(self, name: str, words: str, *labels: str) -> Counter:
        """A further number that only grows; its name gets `_total`."""
        return Counter(name, words, labels, registry=self.registry)

    def render(self) -> bytes:
        """The exposition format that Prometheus scrapes."""
        return generate_latest(self.registry)
