"""What a hub shows of its queue: every bound is an observable number."""

from usga_shared.http.metrics import Metrics

from usga_assessment.domain.hub.hub import Queue


class HubMeters:
    """The metrics of one hub."""

    def __init__(self, metrics: Metrics) -> None:
        self._parcels = metrics.gauge(
            "usga_hub_parcels", "Batches that a hub holds for the centre, by state.", "state"
        )
        self._bytes = metrics.gauge(
            "usga_hub_sealed_bytes", "Sealed bytes that a hub holds for the centre."
        )
        self._rounds = metrics.counter(
            "usga_hub_rounds", "Looks of a hub for the centre, by outcome.", "outcome"
        )
        for outcome in ("reached", "silent"):
            self._rounds.labels(outcome)

    def note(self, queue: Queue, *, reached: bool) -> None:
        """After one look for the centre."""
        self._parcels.labels("waiting").set(queue.waiting)
        self._parcels.labels("refused").set(queue.refused)
        self._bytes.set(queue.sealed_bytes)
        self._rounds.labels("reached" if reached else "silent").inc()
