"""The weights of an exported model back into the network, so that training goes on from a file without its run.

The export folds each normalisation into the convolution before it. What a normalisation sees is measured on faces, so that the
network computes the same with the statistics of a batch, and can be trained on.
"""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import onnx
from keras import layers
from numpy.typing import NDArray
from onnx import numpy_helper

from meeting_analyzer.errors import ModelError

from .calibration import Scaling
from .inference import FERPLUS_OUTPUT, PROBABILITIES, EmotionSession

Kernels = dict[tuple[int, ...], list[list[NDArray[np.float32]]]]

MEASURED = 1024
"""Faces on which means and deviations before the normalisations are measured."""
TOLERANCE = 1e-3
"""Largest difference of a probability between the file and the network that was filled from it."""


def fill(model: keras.Model, path: Path, images: NDArray[np.uint8]) -> None:
    """Give a model of `network.build` the weights of a float32 file of `export.emotion`; images (N, 48, 48), N >= 1.

    Raises ModelError where the file is none, is in whole numbers or of another architecture.
    """
    session = EmotionSession(path)
    kernels = _kernels(path)
    normalisations = {
        layer.input._keras_history.operation.name: layer
        for layer in model.layers
        if isinstance(layer, layers.BatchNormalization)
    }
    for layer in model.layers:
        if not isinstance(layer, layers.Conv2D | layers.Dense):
            continue
        try:
            kernel, bias = kernels[tuple(layer.kernel.shape)].pop(0)
        except LookupError as error:
            raise ModelError(
                f"{path} is of another architecture or in whole numbers: it lacks weights of the shape "
                f"{tuple(layer.kernel.shape)}. Give a file that python -m export.emotion wrote from this network."
            ) from error
        if layer.use_bias:
            layer.set_weights([kernel, bias])
            continue
        # filters of length 1, so that one learning rate turns all of them alike
        length, after = np.sqrt(np.square(kernel).sum(axis=(0, 1, 2))), normalisations[layer.name]
        layer.set_weights([kernel / length])
        after.set_weights([length, bias, np.zeros_like(bias), np.full_like(bias, 1 - after.epsilon)])
    images = images[:MEASURED]
    _normalise(model, list(normalisations.values()), images.astype(np.float32))
    _compare(model, session, images, path)


def _kernels(path: Path) -> Kernels:
    """Kernel (H, W, in, out or in, out) and bias of each convolution and dense layer, by shape in the graph's order."""
    graph = onnx.load(path).graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    found: Kernels = {}
    for node in graph.node:
        weights = [tensors[name] for name in node.input if name in tensors]
        if node.op_type == "Conv" and len(weights) == 2:
            kernel, bias = weights[0].transpose(2, 3, 1, 0), weights[1]
        elif node.op_type == "MatMul" and len(weights) == 1:
            added = next(other for other in graph.node if node.output[0] in other.input)
            kernel, bias = weights[0], next(tensors[name] for name in added.input if name in tensors)
        else:
            continue
        found.setdefault(kernel.shape, []).append([kernel, bias])
    return found


def _normalise(
    model: keras.Model, normalisations: list[layers.BatchNormalization], images: NDArray[np.float32]
) -> None:
    """Let each normalisation bring what it sees to mean 0 and deviation 1 and undo that by its scale and offset."""
    probe = keras.Model(model.input, [layer.input for layer in normalisations])
    seen = [np.asarray(each, np.float64) for each in probe.predict(images, batch_size=128, verbose=0)]
    for layer, values in zip(normalisations, seen, strict=True):
        mean, variance = values.mean(axis=(0, 1, 2)), values.var(axis=(0, 1, 2))
        gain, offset = np.asarray(layer.gamma), np.asarray(layer.beta)
        layer.set_weights([gain * np.sqrt(variance + layer.epsilon), offset + gain * mean, mean, variance])


def _compare(model: keras.Model, session: EmotionSession, images: NDArray[np.uint8], path: Path) -> None:
    properties, expected = session.metadata(), session.run(images)
    heads = model.predict(images.astype(np.float32), batch_size=128, verbose=0)
    try:
        largest = max(
            float(np.abs(Scaling(*json.loads(properties[f"{head}_scaling"]))(heads[head]) - expected[output]).max())
            for head, output in (("fer2013", PROBABILITIES), ("ferplus", FERPLUS_OUTPUT))
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} cannot be started from: export.emotion has not written it ({error!r}).") from error
    if not largest <= TOLERANCE:
        raise ModelError(f"{path} is of another architecture: its weights give other answers here ({largest:.2g}).")
