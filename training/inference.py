"""The exported model on ONNX Runtime, as evaluation and parity tests run it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as failures

from meeting_analyzer.errors import ModelError

LOAD_FAILURES = (
    failures.Fail,
    failures.InvalidArgument,
    failures.InvalidGraph,
    failures.InvalidProtobuf,
    failures.NotImplemented,
    failures.RuntimeException,
)
"""What ONNX Runtime raises for a file it cannot use; each derives from Exception directly."""

INPUT = "faces"
PROBABILITIES = "probabilities"
FERPLUS_OUTPUT = "ferplus"
APPARENT = "apparent"


class EmotionSession:
    """uint8 faces (N, 48, 48) in, float32 probabilities out; raises ModelError when the file is not such a model."""

    def __init__(self, model: Path | bytes, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        name = str(model) if isinstance(model, Path) else "the model in memory"
        if isinstance(model, Path) and not model.is_file():
            raise ModelError(f"There is no model file {model}.")
        try:
            self.session = onnxruntime.InferenceSession(
                str(model) if isinstance(model, Path) else model, options, providers=["CPUExecutionProvider"]
            )
        except LOAD_FAILURES as error:
            reason = str(error).strip().splitlines()[0]
            raise ModelError(f"{name} cannot be loaded as an ONNX model ({reason}).") from error
        inputs = self.session.get_inputs()
        self.outputs = [output.name for output in self.session.get_outputs()]
        if [value.name for value in inputs] != [INPUT] or inputs[0].type != "tensor(uint8)":
            raise ModelError(f"{name} is no emotion model: its one input must be uint8 and called {INPUT}.")
        if PROBABILITIES not in self.outputs:
            raise ModelError(f"{name} is no emotion model: it has no output called {PROBABILITIES}.")

    def run(self, images: NDArray[np.uint8], batch: int = 256) -> dict[str, NDArray[np.float32]]:
        """Each output's rows for all of the images (N, 48, 48), N >= 1."""
        parts = [self.session.run(self.outputs, {INPUT: images[i : i + batch]}) for i in range(0, len(images), batch)]
        return {name: np.concatenate([part[index] for part in parts]) for index, name in enumerate(self.outputs)}

    def metadata(self) -> dict[str, str]:
        return dict(self.session.get_modelmeta().custom_metadata_map)
