"""What a hub shows of its queue: every bound is an observable number."""

from collections.abc import Mapping

from usga_shared.http.metrics import Metrics

from usga_assessment.domain.hub.hub import CargoState, Queue


class HubMeters:
    """The metrics of one hub."""

    def __init__(self, metrics: Metrics) -> None:
        self._parcels = metrics.gauge(
            "usga_hub_parcels", "Batches that a hub holds for the centre, by state.", "state"
        )
        self._bytes = metrics.gauge(
            "usga_hub_sealed_bytes", "Sealed bytes that a hub holds for the centre."
        )
        self._files = metrics.gauge(
            "usga_hub_files", "Files that a hub holds for the centre, by state.", "state"
        )
        self._file_bytes = metrics.gauge(
            "usga_hub_file_bytes", "Bytes of files that a hub holds or has promised room."
        )
        self._rounds = metrics.counter(
            "usga_hub_rounds", "Looks of a hub for the centre, by outcome.", "outcome"
        )
        for outcome in ("reached", "silent"):
            self._rounds.labels(outcome)

    def note(
        self, queue: Queue, files: Mapping[CargoState, tuple[int, int]], *, reached: bool
    ) -> None:
        """After one look for the centre."""
        self._parcels.labels("waiting").set(queue.waiting)
        self._parcels.labels("refused").set(queue.refused)
        self._bytes.set(queue.sealed_bytes)
        for state in (CargoState.COMING, CargoState.WHOLE):
            self._files.labels(state.value).set(files.get(state, (0, 0))[0])
        self._file_bytes.set(sum(size for _, size in files.values()))
        self._rounds.labels("reached" if reached else "silent").inc()
