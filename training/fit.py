"""The training loop: a warm-up and cosine schedule, averaged weights, a checkpoint an epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from meeting_analyzer.perception.blazeface import BlazeFace

from . import metrics, plots
from . import run as runs
from .augment import Augmentation
from .batches import Batch, Distorter, Prefetch, mixed
from .checkpoint import architecture_of
from .data import Faces
from .framing import product_framings, read_framing
from .labels import FER2013, soft_targets, taught
from .network import build
from .teachers import Tutors, teach

AVERAGE_EVERY = 4  # steps; copying the weights costs a few milliseconds
CHECKPOINT_EVERY = 20.0
"""Seconds of training that a kill may cost at most, where an epoch is shorter: on a GPU saving takes longer than learning."""


def soft_cross_entropy(target: Any, logits: Any) -> Any:
    """Cross-entropy an image of a distribution and logits (N, C). An all-zero target gives no loss and no gradient."""
    return -ops.sum(target * ops.log_softmax(logits, axis=-1), axis=-1)


class Trainer:
    """One run, from its newest checkpoint on."""

    def __init__(
        self,
        folder: Path,
        settings: runs.Settings,
        faces: Faces,
        watched: Faces,
        teachers: Sequence[Path] = (),
        start: Path | None = None,
        workers: int = 0,
    ) -> None:
        """teachers: exported files, which answer once to each face, or folders of runs, which answer to every batch.

        workers: processes that distort faces, beside this one; 0 for a thread.
        """
        self.folder, self.settings, self.faces, self.watched = folder, settings, faces, watched
        files, tutors = [path for path in teachers if path.is_file()], [path for path in teachers if path.is_dir()]
        self.tutors = Tutors(tutors, settings.precision) if tutors else None
        keras.utils.set_random_seed(settings.seed)
        keras.mixed_precision.set_global_policy(settings.precision)
        self.model = build(architecture_of(settings))
        self.average = build(architecture_of(settings))
        optimizer = keras.optimizers.SGD(
            settings.learning_rate, momentum=settings.momentum, nesterov=True, weight_decay=settings.weight_decay
        )
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        optimizer.build(self.model.trainable_variables)
        self.model.compile(
            optimizer=optimizer,
            loss=dict.fromkeys(("fer2013", "ferplus"), soft_cross_entropy),
            loss_weights={"fer2013": 1.0, "ferplus": settings.ferplus_weight},
        )
        self.steps = max(len(faces) // settings.batch, 1)
        self.targets = soft_targets(faces.labels, faces.votes, settings.vote_share, settings.smoothing)
        if files:
            answers = runs.kept(folder / "answers.npz", len(faces), lambda: teach(files, faces.images))
            self.targets = (
                taught(self.targets[0], answers[0], settings.teacher_share),
                taught(self.targets[1], answers[1], settings.teacher_share),
            )
        framings = None
        if settings.augmentation["framed"]:
            (framings,) = runs.kept(
                folder / "framings.npz",
                len(faces),
                lambda: (product_framings(faces.images, BlazeFace("short", threads=2), read_framing()),),
            )
        self.distorter = Distorter(faces.images, framings, workers)
        self.state = runs.State()
        self._resume(start)
        self.averaged = [np.array(weight) for weight in self.average.get_weights()]
        self.history = runs.History(folder, self.state.epoch)
        self._compiled = False
        self._saved = self.state.seconds

    def _resume(self, start: Path | None) -> None:
        checkpoint = runs.newest_checkpoint(self.folder)
        if checkpoint is None:
            if start is not None and start.suffix == ".onnx":
                from .warm_start import fill

                fill(self.model, start, self.faces.images)
            elif start is not None:
                runs.load_weights(self.model, start)
            self.average.set_weights(self.model.get_weights())
            return
        runs.load_weights(self.model, checkpoint / "model.weights.h5")
        runs.load_weights(self.average, checkpoint / runs.AVERAGE)
        self.state = runs.read_state(checkpoint)

    def progress(self, seconds: float = 0.0) -> float:
        """Share of the run that is done, 0..1, `seconds` into the current epoch."""
        if self.settings.minutes is not None:
            return min((self.state.seconds + seconds) / (60 * self.settings.minutes), 1.0)
        return min(self.state.step / (self.steps * self.settings.epochs), 1.0)

    def learning_rate(self, progress: float) -> float:
        """Linear warm-up, then a half cosine down to a hundredth of the peak (Loshchilov and Hutter, ICLR 2017)."""
        warm_up, peak = self.settings.warm_up, self.settings.learning_rate
        if progress < warm_up:
            return peak * max(progress / warm_up, 0.02)
        return peak * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (progress - warm_up) / (1 - warm_up))))

    def epoch(self, show: Callable[[int, int], None]) -> dict[str, float]:
        """Train an epoch (less when the time is used up), score, save a checkpoint; returns the row for history.csv."""
        began = time.monotonic()
        self.model.reset_metrics()
        self._seed_dropout()
        losses: list[dict[str, float]] = []
        rate = 0.0
        with Prefetch(self._batches()) as batches:
            for step, (images, targets) in enumerate(batches, 1):
                progress = self.progress(time.monotonic() - began)
                rate = self.learning_rate(progress)
                self.model.optimizer.learning_rate = rate
                batch = self.model.train_on_batch(images, targets, return_dict=True)
                losses.append({name: float(value) for name, value in batch.items()})
                self.state.step += 1
                if not self._compiled:
                    # the first step waits for it, which is no training time: on a GPU it would be a part of a short run
                    self._compiled, began = True, time.monotonic()
                if self.state.step % AVERAGE_EVERY == 0:
                    self._update_average()
                show(step, self.steps)
                if progress >= 1:
                    break
        self.average.set_weights(self.averaged)
        row = {"epoch": self.state.epoch + 1, "learning_rate": rate}
        row |= {name: float(np.mean([each[name] for each in losses])) for name in losses[0]}
        figures = metrics.score(self.probabilities(), self.watched.labels)
        row |= {"accuracy": figures.accuracy, "macro_f1": figures.macro_f1, "nll": figures.nll}
        self.state.epoch += 1
        self.state.seconds += time.monotonic() - began
        self.state.finished = self.progress() >= 1
        row["seconds"] = time.monotonic() - began
        self.history.append(row)
        if self.state.finished or self.state.seconds >= self._saved + CHECKPOINT_EVERY:
            runs.save_checkpoint(self.folder, self.state, self.model, self.average)
            self._saved = self.state.seconds
        return row

    def probabilities(self) -> NDArray[np.float32]:
        """Uncalibrated FER2013 probabilities (N, 7) of the watched faces by the averaged weights."""
        images = self.watched.images.astype(np.float32)
        logits = np.concatenate(
            [
                np.asarray(self.average.predict_on_batch(images[i : i + 512])["fer2013"])
                for i in range(0, len(images), 512)
            ]
        )
        exponent = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(exponent / exponent.sum(axis=1, keepdims=True), np.float32)

    def plot(self) -> None:
        """curves.png, confusion.png and reliability.png of the averaged weights, in the run's folder."""
        used = self.watched.labels >= 0
        probabilities, labels = self.probabilities()[used], self.watched.labels[used]
        plots.curves(self.history.rows, self.folder / "curves.png")
        matrix = metrics.confusion(probabilities.argmax(axis=1), labels, len(FER2013))
        plots.confusion(matrix, FER2013, self.folder / "confusion.png")
        plots.reliability(probabilities, labels, self.folder / "reliability.png")

    def _seed_dropout(self) -> None:
        # its state is in no checkpoint, so it is set anew for each epoch
        for layer in self.model.layers:
            if isinstance(layer, keras.layers.Dropout):
                layer.seed_generator.state.assign(np.array([self.settings.seed, self.state.epoch], np.uint32))

    def _update_average(self) -> None:
        # a short horizon at first, so that the untrained start is forgotten
        decay = min(
            self.settings.average**AVERAGE_EVERY, (1 + self.state.step) / (10 * AVERAGE_EVERY + self.state.step)
        )
        for index, weight in enumerate(self.model.get_weights()):
            self.averaged[index] += (1 - decay) * (weight - self.averaged[index])

    def _batches(self) -> Iterator[Batch]:
        # seeded by epoch: a resumed run sees what the uninterrupted one would have seen
        seed, size = [self.settings.seed, self.state.epoch], self.settings.batch
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(self.faces))
        how = Augmentation(**self.settings.augmentation)
        if self.progress() >= self.settings.ease_from:
            how = how.eased(0.5)
        chosen = [order[step * size : (step + 1) * size] for step in range(self.steps)]
        seeds = [[*seed, step] for step in range(self.steps)]
        for indices, images in zip(chosen, self.distorter.batches(chosen, seeds, how), strict=True):
            targets = {"fer2013": self.targets[0][indices], "ferplus": self.targets[1][indices]}
            batch = mixed((images.astype(np.float32), targets), how.mixed, rng)
            yield batch if self.tutors is None else self._tutored(batch, self.tutors)

    def _tutored(self, batch: Batch, tutors: Tutors) -> Batch:
        images, targets = batch
        share = self.settings.teacher_share
        return images, {
            head: taught(targets[head], answer, share)
            for head, answer in zip(("fer2013", "ferplus"), tutors(images), strict=True)
        }
