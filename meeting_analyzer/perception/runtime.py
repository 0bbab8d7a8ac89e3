"""ONNX Runtime, set up once for all models: verified files, few threads, batch sizes from a short list."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..models import REINSTALL, model_path

BUCKETS = (1, 2, 3, 4, 6, 8)
"""Batch sizes that are run. A new size makes ONNX Runtime plan and grow its memory anew, so others are filled up to one
of these. What is larger is cut into pieces: of 49 faces at once nothing gets faster, as what lies between two layers no
longer fits into the processor's caches, and the memory grows by 200 MB (docs/live.md)."""

Array = npt.NDArray[Any]


SPARING = 4
"""Rows that are computed at once where memory is spared: hardly slower (docs/web.md)."""

_sparing = False


def spare_memory() -> None:
    """From now on, in this process, models are loaded and run so that they hold as little memory as they can.

    For a server on a small machine. ONNX Runtime then gives memory back between runs instead of keeping its largest.
    """
    global _sparing
    _sparing = True


def bucket(count: int) -> int:
    """The batch size that `count` rows (1..8) are filled up to."""
    return next(size for size in BUCKETS if size >= count)


class Model:
    """A loaded ONNX model with one input and a free batch dimension.

    path: a .onnx file; threads: how many it computes with, at most the machine's cores.
    metadata: the file's `metadata_props`; input_shape: without the batch.
    Raises ModelError when the file, or ONNX Runtime itself, cannot be loaded.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        try:
            import onnxruntime
            from onnxruntime.capi import onnxruntime_pybind11_state as native
        except ImportError as error:
            raise ModelError(
                f"ONNX Runtime cannot be loaded ({error}): "
                "reinstall it with `pip install --force-reinstall onnxruntime`."
            ) from error
        # ONNX Runtime's exceptions have no common ancestor below Exception
        failures = tuple(
            kind for kind in vars(native).values() if isinstance(kind, type) and issubclass(kind, Exception)
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = max(1, min(threads, os.cpu_count() or 1))
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = not _sparing
        # one planned block a batch size would be kept for each: 66 MB over the five models, for no less time
        options.enable_mem_pattern = False
        options.log_severity_level = 3  # errors; warnings are for whoever makes models
        options.add_session_config_entry(
            "session.intra_op.allow_spinning", "0"
        )  # waiting threads leave the cores to the call
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except failures as error:
            reason = str(error).splitlines()[0].strip().rstrip(".")
            raise ModelError(f"The model file {path} cannot be loaded ({reason}): {REINSTALL}.") from error
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or isinstance(inputs[0].shape[0], int):
            raise ModelError(f"The model file {path} does not have one input with a free batch size: {REINSTALL}.")
        self.path = path
        self.metadata: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)
        self.input_shape: tuple[int, ...] = tuple(inputs[0].shape[1:])
        self.output_names: tuple[str, ...] = tuple(output.name for output in self._session.get_outputs())
        self._input = inputs[0].name

    @classmethod
    def shipped(cls, name: str, threads: int = 1) -> Model:
        """A model of models/ by file name, its checksum verified first. Raises ModelError."""
        return cls(model_path(name), threads)

    def run(self, batch: Array, outputs: Sequence[str] | None = None) -> list[Array]:
        """The outputs (all, or those named) for `batch` (N, *input_shape), N >= 1: arrays whose first axis is N too."""
        names = list(outputs or self.output_names)
        largest = SPARING if _sparing else BUCKETS[-1]
        pieces = [self._run(batch[start : start + largest], names) for start in range(0, len(batch), largest)]
        return pieces[0] if len(pieces) == 1 else [np.concatenate(parts) for parts in zip(*pieces, strict=True)]

    def _run(self, batch: Array, names: list[str]) -> list[Array]:
        count, size = len(batch), bucket(len(batch))
        if size > count:
            filled = np.zeros((size, *batch.shape[1:]), batch.dtype)
            filled[:count] = batch
            batch = filled
        return [values[:count] for values in self._session.run(names, {self._input: batch})]
