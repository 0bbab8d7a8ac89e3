"""python -m export.variants: size, work and time of every exported emotion model, measured side by side as a Markdown table."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from meeting_analyzer.errors import EXIT_OK, AnalyzerError
from training.data import SIDE
from training.inference import EmotionSession

from .emotion import BATCH

FILES = ("emotion.onnx", "emotion_float32.onnx")
THREADS = (1, 2)


@dataclass(frozen=True, slots=True)
class Variant:
    """One file: its bytes, its weights, multiply-adds a face, and median milliseconds a face in a batch by threads."""

    name: str
    size: int
    weights: int
    multiply_adds: int
    milliseconds: tuple[float, ...]


def work(path: Path) -> tuple[int, int]:
    """Weights, and multiply-adds of one face in convolutions and dense layers."""
    import onnx

    proto = onnx.load(str(path))
    for value in (*proto.graph.input, *proto.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 1
    graph = onnx.shape_inference.infer_shapes(proto, data_prop=True).graph
    shapes = {each.name: list(each.dims) for each in graph.initializer}
    for value in (*graph.value_info, *graph.input, *graph.output):
        shapes[value.name] = [each.dim_value for each in value.type.tensor_type.shape.dim]
    weights = total = 0
    for node in graph.node:
        if node.op_type in ("Conv", "MatMul", "Gemm"):
            kernel = shapes[node.input[1]]
            weights += prod(kernel)
            places = prod(shapes[node.output[0]][2:]) if node.op_type == "Conv" else 1
            total += prod(kernel) * places
    return weights, total


def milliseconds(paths: Sequence[Path], threads: int, rounds: int) -> list[float]:
    """Median time of a face in a batch for each file, the files in turn so that what else runs is fair to all."""
    sessions = [EmotionSession(path, threads) for path in paths]
    images = np.random.default_rng(0).integers(0, 256, (BATCH, SIDE, SIDE)).astype(np.uint8)
    times = np.empty((rounds, len(sessions)))
    for row in times:
        for index, session in enumerate(sessions):
            session.run(images)  # not measured: the other file has just used the caches
            began = time.perf_counter()
            session.run(images)
            row[index] = time.perf_counter() - began
    return [float(value) for value in np.median(times, axis=0) * 1000 / BATCH]


def measure(paths: Sequence[Path], rounds: int) -> list[Variant]:
    """Every file's figures; raises ModelError for one that is no emotion model."""
    timed = list(zip(*(milliseconds(paths, threads, rounds) for threads in THREADS), strict=True))
    return [
        Variant(path.name, path.stat().st_size, *work(path), times) for path, times in zip(paths, timed, strict=True)
    ]


def table(variants: Sequence[Variant]) -> str:
    lines = [
        "| file | bytes | weights | million multiply-adds a face | ms a face, one thread | ms a face, two threads |",
        "|---|---|---|---|---|---|",
    ]
    for each in variants:
        times = " | ".join(f"{value:.3f}" for value in each.milliseconds)
        lines.append(f"| `{each.name}` | {each.size:,} | {each.weights:,} | {each.multiply_adds / 1e6:.1f} | {times} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parse = argparse.ArgumentParser(prog="python -m export.variants", description=__doc__)
    parse.add_argument("files", type=Path, nargs="*", help="ONNX files; default: those under models/")
    parse.add_argument("--rounds", type=int, default=200, help="batches timed a file; default: %(default)s")
    options = parse.parse_args(arguments)
    if options.rounds < 1:
        parse.error("--rounds must be at least 1")
    try:
        print(table(measure(options.files or [Path("models") / name for name in FILES], options.rounds)))
    except AnalyzerError as error:
        print(f"export.variants: {error}", file=sys.stderr)
        return error.exit_code
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
