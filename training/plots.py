"""The plots one looks at after a run, as PNG files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from . import metrics

if TYPE_CHECKING:
    from .robustness import Distortion, Point

matplotlib.use("Agg")

# Okabe and Ito's palette, told apart by colour-blind readers.
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#E69F00", "#009E73", "#666666"


def curves(rows: Sequence[dict[str, float]], path: Path) -> None:
    """Loss and accuracy by epoch from the rows of history.csv."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in rows]
    left.plot(epochs, [row["loss"] for row in rows], color=BLUE, label="training, both heads")
    left.plot(epochs, [row["nll"] for row in rows], color=ORANGE, label="watched split, averaged weights")
    left.set(xlabel="epoch", ylabel="loss (nats)")
    right.plot(epochs, [100 * row["accuracy"] for row in rows], color=GREEN, label="averaged weights")
    right.set(xlabel="epoch", ylabel="accuracy on the watched split (%)")
    for axes in (left, right):
        axes.legend(frameon=False, fontsize=8)
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


def confusion(matrix: NDArray[np.integer], names: Sequence[str], path: Path) -> None:
    """A confusion matrix (row the label, column the prediction) in percent of each row, the counts beneath."""
    share = 100 * matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    axes = figure.subplots()
    axes.imshow(share, cmap="Blues", vmin=0, vmax=100)
    for (row, column), value in np.ndenumerate(share):
        axes.text(
            column,
            row,
            f"{value:.0f}\n({matrix[row, column]})",
            ha="center",
            va="center",
            fontsize=8,
            color="white" if value > 55 else "black",
        )
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="predicted", ylabel="label", title="percent of each label (faces)")
    figure.savefig(path, dpi=110)


def reliability(probabilities: NDArray[np.floating], labels: NDArray[np.integer], path: Path) -> None:
    """Accuracy against confidence with the share of faces in each bin; probabilities (N, C), labels (N,) of 0..C-1."""
    mean, accuracy, count = metrics.reliability(probabilities, labels)
    edges = np.linspace(0, 1, len(count) + 1)
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="perfectly calibrated")
    axes.bar(
        edges[:-1],
        count / count.sum(),
        width=np.diff(edges),
        align="edge",
        color=BLUE,
        alpha=0.2,
        label="share of faces",
    )
    filled = count > 0
    axes.plot(mean[filled], accuracy[filled], color=BLUE, marker="o", markersize=4, label="accuracy")
    ece = metrics.calibration_error(probabilities, labels)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="accuracy", title=f"calibration error {ece:.3f}")
    axes.legend(frameon=False, loc="upper left", fontsize=8)
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


def risk_coverage(
    coverage: NDArray[np.floating], risk: NDArray[np.floating], chosen: tuple[float, float], path: Path
) -> None:
    """Error among labelled faces against the share of faces labelled, and the (coverage, risk) that was chosen."""
    figure = Figure(figsize=(5.4, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(100 * coverage, 100 * risk, color=BLUE)
    axes.plot(
        [100 * chosen[0]], [100 * chosen[1]], color=ORANGE, marker="o", linestyle="none", label="chosen threshold"
    )
    axes.axhline(100 * chosen[1], color=GREY, linewidth=0.8, linestyle=":")
    axes.set(xlabel="faces labelled (%)", ylabel="wrong among them (%)", xlim=(0, 100), ylim=(0, None))
    axes.legend(frameon=False)
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110)


def robustness(plain: Point, curves: Sequence[tuple[Distortion, Sequence[Point]]], path: Path) -> None:
    """Accuracy with either label set, and the shares of faces labelled and of wrong labels, by distortion and strength.

    The leftmost point of every curve is the undistorted faces.
    """
    figure = Figure(figsize=(11, 6), layout="constrained")
    for index, (axes, (distortion, points)) in enumerate(zip(figure.subplots(2, 3).flat, curves, strict=True)):
        every = [plain, *points]
        series = {
            f"accuracy, {key}": (color, [point.results[key].accuracy for point in every])
            for key, color in (("fer2013", BLUE), ("ferplus", GREEN))
            if key in plain.results
        }
        if plain.product is not None:
            series["faces that get a label"] = GREY, [point.product.coverage for point in every if point.product]
            series["wrong among these"] = ORANGE, [point.product.risk for point in every if point.product]
        for name, (color, values) in series.items():
            axes.plot(range(len(every)), [100 * value for value in values], color=color, marker="o", ms=3, label=name)
        axes.set_xticks(range(len(every)), ["none", *(f"{point.strength:g}" for point in points)])
        axes.set(ylim=(0, 100), xlabel=distortion.unit, ylabel="%" if index % 3 == 0 else "", title=distortion.name)
        axes.grid(alpha=0.3)
        if index == 0:
            figure.legend(
                *axes.get_legend_handles_labels(), frameon=False, loc="outside upper center", ncols=len(series)
            )
    figure.savefig(path, dpi=110)
