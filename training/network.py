"""The emotion network in Keras 3: a small residual net with squeeze-and-excitation and two heads on one backbone.

He et al., "Deep Residual Learning" (CVPR 2016); Hu et al., "Squeeze-and-Excitation Networks" (CVPR 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers, ops

from .labels import FER2013, FERPLUS

SIDE = 48


@dataclass(frozen=True, slots=True)
class Architecture:
    """What a checkpoint's weights fit: two equal architectures can exchange them."""

    stem: int = 16
    widths: tuple[int, ...] = (32, 80, 160)
    blocks: tuple[int, ...] = (1, 3, 3)
    attention_from: int = 64  # stages at least this wide get squeeze-and-excitation
    dropout: float = 0.3
    halved: bool = True  # the stem brings 48x48 to 24x24 before the first stage


SIZES = {
    "small": Architecture(),
    "wide": Architecture(stem=48, widths=(96, 256, 512), blocks=(2, 3, 3), dropout=0.4),
    "deep": Architecture(stem=48, widths=(64, 128, 256, 512), blocks=(1, 2, 2, 2), dropout=0.4, halved=False),
}
"""The network that ships, and teachers for it of about a thousand million multiply-adds, which take a GPU to train."""


@keras.saving.register_keras_serializable("meeting_analyzer")
class Standardize(layers.Layer):
    """(N, 48, 48) pixels of 0..255 to (N, 48, 48, 1) with mean 0 and deviation 1 an image: dim light matters less."""

    def call(self, pixels: Any) -> Any:
        pixels = ops.expand_dims(pixels, -1)
        centred = pixels - ops.mean(pixels, axis=(1, 2, 3), keepdims=True)
        variance = ops.mean(ops.square(centred), axis=(1, 2, 3), keepdims=True)
        return centred / ops.sqrt(variance + 25.0)  # 5 grey levels: a flat image is not blown up into noise


@keras.saving.register_keras_serializable("meeting_analyzer")
class BatchNormalization(layers.BatchNormalization):
    """Keras' layer; on TensorFlow the fused kernel computes it in training, which makes a step a third faster."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if not (training and self.trainable and keras.backend.backend() == "tensorflow"):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        normalized, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.cast(self.gamma, tf.float32),
            offset=tf.cast(self.beta, tf.float32),
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
            is_training=True,
        )
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + batch * (1 - self.momentum))
        return normalized


def build(architecture: Architecture) -> keras.Model:
    """A model from float32 pixels 0..255 (N, 48, 48) to logits `fer2013` (N, 7) and `ferplus` (N, 8), both float32."""
    pixels = layers.Input((SIDE, SIDE), name="faces")
    x = Standardize(dtype="float32", name="standardize")(pixels)
    x = _activated(_convolution(x, architecture.stem, 3))
    x = _activated(_convolution(x, architecture.widths[0], 3, stride=2 if architecture.halved else 1))
    for stage, (width, count) in enumerate(zip(architecture.widths, architecture.blocks, strict=True)):
        for index in range(count):
            shrink = stage > 0 and index == 0
            x = _residual(x, width, 2 if shrink else 1, width >= architecture.attention_from)
    x = layers.Flatten()(layers.GlobalAveragePooling2D(keepdims=True)(x))  # kept, so that the export needs no transpose
    x = layers.Dropout(architecture.dropout)(x)
    fer2013 = layers.Dense(len(FER2013), dtype="float32", name="fer2013")(x)
    ferplus = layers.Dense(len(FERPLUS), dtype="float32", name="ferplus")(x)
    return keras.Model(pixels, {"fer2013": fer2013, "ferplus": ferplus}, name="emotion")


def multiply_adds(model: keras.Model) -> int:
    """Multiply-adds of one image through the convolutions and dense layers."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D):
            _, height, width, _ = layer.output.shape
            total += int(height * width * layer.kernel.shape[0] * layer.kernel.shape[1]) * int(
                layer.kernel.shape[2] * layer.kernel.shape[3]
            )
        elif isinstance(layer, layers.Dense):
            total += int(layer.kernel.shape[0] * layer.kernel.shape[1])
    return total


def _convolution(x: Any, filters: int, size: int, stride: int = 1) -> Any:
    x = layers.Conv2D(filters, size, strides=stride, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    return BatchNormalization(momentum=0.98)(x)


def _activated(x: Any) -> Any:
    return layers.ReLU()(x)


def _residual(x: Any, width: int, stride: int, attention: bool) -> Any:
    y = _activated(_convolution(x, width, 3, stride))
    y = _convolution(y, width, 3)
    if attention:
        y = _squeeze_excite(y, width)
    if stride != 1:
        x = layers.AveragePooling2D(stride)(x)
    if x.shape[-1] != width:
        x = _convolution(x, width, 1)
    return _activated(layers.Add()([x, y]))


def _squeeze_excite(x: Any, width: int) -> Any:
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    gate = layers.Conv2D(width // 8, 1, activation="relu")(gate)
    gate = layers.Conv2D(width, 1, activation="sigmoid")(gate)
    return layers.Multiply()([x, gate])
