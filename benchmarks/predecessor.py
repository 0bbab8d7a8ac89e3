"""How the predecessor worked, for comparison: one loop that grabs, finds faces with Haar cascades on the whole frame and
asks a Keras model about one face at a time.

OpenCV's frontal-face cascade with scale factor 1.3 and 5 neighbours; each face cut out, made grey, 48x48, divided by 255 and
given to `model.predict` as a batch of one; a rectangle and a word drawn; the picture shown. The network is the usual small
one of FER2013 projects (four convolutions, a dense layer of 1024), with weights that were never trained: what it costs does
not depend on what it says.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from meeting_analyzer.types import EMOTIONS, Image

SCALE_FACTOR, NEIGHBOURS = 1.3, 5


def student() -> Any:
    """The Keras network: 48x48 grey to seven probabilities, 2.3 million parameters."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    from keras import layers

    return keras.Sequential(
        [
            layers.Input((48, 48, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
            layers.Conv2D(128, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(128, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(1024, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(len(EMOTIONS), activation="softmax"),
        ]
    )


class Predecessor:
    """The loop's body."""

    def __init__(self) -> None:
        cascade = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"
        self._cascade = cv2.CascadeClassifier(str(cascade))
        self._model = student()
        self.faces = 0

    def process(self, image: Image) -> Image:
        """Find, classify and draw; the picture is drawn on in place and returned."""
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        found = self._cascade.detectMultiScale(grey, SCALE_FACTOR, NEIGHBOURS)
        self.faces = len(found)
        for x, y, w, h in found:
            face = cv2.resize(grey[y : y + h, x : x + w], (48, 48)).astype(np.float32) / 255
            answer = self._model.predict(face[None, :, :, None], verbose=0)[0]
            cv2.rectangle(image, (x, y), (x + w, y + h), (0, 255, 0), 2)
            word = EMOTIONS[int(np.argmax(answer))]
            cv2.putText(image, word, (x, y - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 255, 0), 2)
        return image


def timed(predecessor: Predecessor, grab: Any, seconds: float) -> tuple[int, list[float], float]:
    """Run the loop for a while: frames, seconds from each grab to its picture, and seconds it took."""
    began = time.monotonic()
    latencies: list[float] = []
    while time.monotonic() - began < seconds or len(latencies) < 3:
        grabbed = time.monotonic()
        predecessor.process(grab(len(latencies)))
        latencies.append(time.monotonic() - grabbed)
    return len(latencies), latencies, time.monotonic() - began
