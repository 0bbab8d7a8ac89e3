"""Batches of distorted faces, made ahead of the training step by a thread or by processes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import cv2
import numpy as np
from numpy.typing import NDArray

from .augment import Augmentation, augment

Batch = tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]
Chosen = NDArray[np.integer]

_held: Distorter | None = None
"""In a worker process: what it distorts. Sent once, since a task would have to carry it otherwise."""


class Distorter:
    """Distorts chosen ones of uint8 faces (N, S, S), in this process or in `workers` of its own.

    framings (N, 2, 3): see `augment`. The number of workers changes nothing but the time.
    """

    def __init__(
        self, images: NDArray[np.uint8], framings: NDArray[np.float32] | None = None, workers: int = 0
    ) -> None:
        self._images, self._framings = images, framings
        self._pool: ProcessPoolExecutor | None = None
        if workers:
            # fresh processes: a fork of one that computes on many threads, or on a GPU, can hang
            here = Distorter(images, framings)
            self._pool = ProcessPoolExecutor(workers, get_context("spawn"), _hold, (here,))

    def batches(
        self, chosen: Sequence[Chosen], seeds: Sequence[list[int]], how: Augmentation
    ) -> Iterator[NDArray[np.uint8]]:
        """A distorted copy of the faces of each list of indices, in order; a batch depends on its own seed alone."""
        if self._pool is None:
            for indices, seed in zip(chosen, seeds, strict=True):
                yield self.distorted(indices, seed, how)
        else:
            yield from self._pool.map(partial(_distorted, how=how), chosen, seeds)

    def distorted(self, indices: Chosen, seed: list[int], how: Augmentation) -> NDArray[np.uint8]:
        """Distorted copies (len(indices), S, S)."""
        framings = None if self._framings is None else self._framings[indices]
        return augment(self._images[indices], np.random.default_rng(seed), how, framings)

    def close(self) -> None:
        """End the processes; tasks that wait are given up."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _hold(distorter: Distorter) -> None:
    global _held
    cv2.setNumThreads(1)
    _held = distorter


def _distorted(indices: Chosen, seed: list[int], how: Augmentation) -> NDArray[np.uint8]:
    assert _held is not None
    return _held.distorted(indices, seed, how)


def mixed(batch: Batch, share: float, rng: np.random.Generator) -> Batch:
    """The batch with `share` of its faces blended with up to as much of another one of it, and their targets alike.

    Zhang et al., "mixup: Beyond Empirical Risk Minimization" (ICLR 2018).
    """
    images, targets = batch
    count = len(images)
    partner = rng.permutation(count)
    weight = np.where(rng.random(count) < share, rng.uniform(0, 0.5, count), 0).astype(np.float32)

    def blend(values: NDArray[np.float32]) -> NDArray[np.float32]:
        by = weight.reshape(-1, *[1] * (values.ndim - 1))
        return np.asarray((1 - by) * values + by * values[partner], np.float32)

    return blend(images), {name: blend(values) for name, values in targets.items()}


class Prefetch:
    """Runs an iterator on a thread, a few items ahead; leaving the context stops the thread."""

    def __init__(self, items: Iterator[Batch], ahead: int = 4) -> None:
        self._items = items
        self._queue: queue.Queue[Batch | BaseException | None] = queue.Queue(ahead)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="prefetch", daemon=True)

    def __enter__(self) -> Prefetch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def __iter__(self) -> Iterator[Batch]:
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def _work(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    return
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, which raises it
            self._put(error)
        else:
            self._put(None)

    def _put(self, item: Batch | BaseException | None) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False
