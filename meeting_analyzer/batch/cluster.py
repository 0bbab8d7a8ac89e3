"""The same tasks on Ray: a local cluster, or one that is there already. Needs the extra 'ray'."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

from ..errors import AnalyzerError, UsageError
from .storage import RemoteFile
from .tasks import Task, failed, perform
from .workers import Event, Pool

RETRIES = 5
"""How often a task is begun again whose worker or machine is lost."""
AHEAD = 2
"""Tasks a core that are submitted: one is worked on, the other waits, so that no core is idle between two."""
ANSWER = 10.0
"""Seconds within which a cluster has to answer at all."""
FORGOTTEN = 10.0
"""Seconds that removing the copies may take at the end."""
RESIZE = 5.0
"""Seconds after which the cluster is asked again how large it is."""


class Cluster(Pool):
    """Tasks on a Ray cluster. address: of one that runs ("auto", "ray://host:10001"), None: start one on this machine.

    workers: cores of a cluster that is started here. Raises UsageError where Ray is missing or the address is wrong.
    """

    def __init__(self, address: str | None = None, workers: int | None = None) -> None:
        try:
            import ray
        except ImportError as error:
            raise UsageError("--engine ray needs the extra 'ray': pip install 'meeting-analyzer[ray]'.") from error
        self._ray: Any = ray
        self._ours = not ray.is_initialized()
        if self._ours:
            if address:
                _check(address)
            try:
                ray.init(
                    address=address,
                    **({} if address else {"num_cpus": workers, "include_dashboard": False}),
                    logging_level="ERROR",
                    log_to_driver=False,
                    configure_logging=False,
                )
            except (ConnectionError, ValueError, RuntimeError) as error:
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                raise UsageError(f"There is no Ray cluster at {address} ({reason}); `ray status` shows one.") from error
        self._do = ray.remote(num_cpus=1, max_retries=RETRIES)(_perform)
        self._forget = ray.remote(num_cpus=0, max_retries=0)(RemoteFile.forget)
        self._refs: dict[Any, int] = {}
        self._forgetting: list[Any] = []
        self._asked = 0.0
        self._resize()

    def _resize(self) -> None:
        if time.monotonic() - self._asked > RESIZE or not self._asked:
            self._asked = time.monotonic()
            self.size = max(1, int(self._ray.cluster_resources().get("CPU", 1)))

    @property
    def room(self) -> int:
        """How many more tasks are welcome."""
        self._resize()
        return self.size * AHEAD - len(self._refs)

    def submit(self, task: Task, ticket: int) -> None:
        """Have a task done somewhere in the cluster."""
        self._refs[self._do.remote(task)] = ticket

    def events(self, timeout: float) -> Iterator[Event]:
        """What is done. A task whose worker was lost again and again has failed."""
        if not self._refs:
            return
        refs = list(self._refs)
        ready, _ = self._ray.wait(refs, num_returns=len(refs), timeout=0)
        if not ready:
            ready, _ = self._ray.wait(refs, num_returns=1, timeout=timeout or 0.01)
        for ref in ready:
            ticket = self._refs.pop(ref)
            try:
                told, kind, value = self._ray.get(ref)
            except self._ray.exceptions.RayError as error:
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                yield Event(ticket, "failed", AnalyzerError(f"Ray lost it {RETRIES + 1} times ({reason}); run again."))
                continue
            for what, content in told:
                yield Event(ticket, what, content)
            yield Event(ticket, kind, value)

    def rest(self) -> None:
        """Ray by itself ends processes that have nothing to do."""

    def forget(self, file: RemoteFile) -> None:
        """Remove the copies on all machines of the cluster."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        if self._forgetting:
            # an archive has many recordings
            _, self._forgetting = self._ray.wait(self._forgetting, num_returns=len(self._forgetting), timeout=0)
        for node in self._ray.nodes():
            if node["Alive"]:
                there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
                self._forgetting.append(self._forget.options(scheduling_strategy=there).remote(file))

    def close(self) -> None:
        """Give up what is not done, and the cluster if it is ours. Idempotent."""
        for ref in self._refs:
            self._ray.cancel(ref, force=True)
        self._refs = {}
        if self._forgetting:
            self._ray.wait(self._forgetting, num_returns=len(self._forgetting), timeout=FORGOTTEN)
            self._forgetting = []
        if self._ours:
            self._ours = False
            self._ray.shutdown()


def _check(address: str) -> None:
    """Raise UsageError where nothing answers: Ray itself would try for minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if not port.isdecimal():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), ANSWER).close()
    except OSError as error:
        raise UsageError(
            f"There is no Ray cluster at {address} ({error.strerror or error}); `ray status` shows one."
        ) from error


def _perform(task: Task) -> tuple[list[tuple[str, Any]], str, Any]:
    """Do a task in a worker of Ray: what it tells on its way, "done" or "failed", and its value."""
    frames, seconds = 0, 0.0
    notices: list[tuple[str, Any]] = []

    def report(kind: str, value: Any) -> None:
        nonlocal frames, seconds
        if kind == "frames":
            frames, seconds = frames + value[0], seconds + value[1]
        else:
            notices.append((kind, value))

    try:
        kind, result = "done", perform(task, report)
    except Exception as error:  # noqa: BLE001 - handed to the run, which raises what is not a known failure
        kind, result = "failed", failed(error) or error
    return [*notices, ("frames", (frames, seconds))], kind, result
