"""The call's sound, synthesised: room tone, a murmur while somebody speaks, a chime at each join and leave.

The chimes begin exactly at their events, so that sound and picture can be checked against each other.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from .call import FPS, FRAMES, PARTICIPANTS, chimes, seats

RATE = 48_000
"""Samples a second."""

Samples = npt.NDArray[np.float32]
"""(N,) mono in -1..1."""

_CHIME_TONES = {"join": (659.26, 987.77), "leave": (987.77, 659.26)}
"""Two tones in Hz (E5 and B5), up for a join and down for a leave."""

_VOWELS = ((730, 1090, 2440), (530, 1840, 2480), (270, 2290, 3010), (570, 840, 2410), (300, 870, 2240))
"""Formants in Hz of the vowels in hod, head, heed, hawed, who'd (Peterson and Barney, 1952)."""


def chime(kind: str) -> Samples:
    """Two struck tones of 0.6 s together; the first sample is the attack."""
    sound = np.zeros(int(0.6 * RATE), np.float32)
    for number, hertz in enumerate(_CHIME_TONES[kind]):
        start = int(number * 0.14 * RATE)
        t = np.arange(len(sound) - start) / RATE
        tone = np.sin(2 * math.pi * hertz * t) + 0.25 * np.sin(4 * math.pi * hertz * t)
        sound[start:] += (0.22 * tone * np.exp(-t * 7)).astype(np.float32)
    return sound


def room_tone(rng: np.random.Generator, length: int) -> Samples:
    """Quiet low-pass noise, 1/f^2 above 60 Hz, as of a ventilator."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    hertz = np.fft.rfftfreq(length, 1 / RATE)
    noise = np.fft.irfft(spectrum / (1 + (hertz / 60) ** 2), length)
    quiet: Samples = (0.006 * noise / np.abs(noise).std()).astype(np.float32)
    return quiet


def murmur(rng: np.random.Generator, length: int, pitch: float) -> Samples:
    """Speech-like babble without words: vowels from harmonics of `pitch` Hz under formants, four syllables a second."""
    t = np.arange(length) / RATE
    glide = pitch * (1 + 0.06 * np.sin(2 * math.pi * 0.9 * t) + 0.03 * np.sin(2 * math.pi * 2.3 * t))
    phase = 2 * math.pi * np.cumsum(glide) / RATE
    syllables = math.ceil(length / RATE * 4) + 1
    order = rng.integers(len(_VOWELS), size=syllables)
    formants = np.array(_VOWELS, float)[order]
    at = np.arange(syllables) / 4
    tracks = [np.interp(t, at, formants[:, k]) for k in range(3)]
    sound = np.zeros(length)
    for harmonic in range(1, int(3600 / pitch)):
        hertz = harmonic * glide
        gain = sum(w / (1 + ((hertz - track) / 90) ** 2) for w, track in zip((1, 0.5, 0.2), tracks, strict=True))
        sound += gain * np.sin(harmonic * phase)
    loud = np.interp(t, at, rng.uniform(0.4, 1, syllables)) * np.abs(np.sin(math.pi * 4 * t)) ** 0.6
    voice: Samples = (0.035 * sound * loud / max(1e-9, sound.std())).astype(np.float32)
    return voice


def _speaking(identity: str) -> npt.NDArray[np.bool_]:
    """Per frame of the call whether somebody speaks."""
    return np.array([any(s.participant.identity == identity and s.speaking for s in seats(f)) for f in range(FRAMES)])


def soundtrack() -> Samples:
    """The whole call's sound; the same on every run."""
    length = FRAMES * RATE // FPS
    sound = room_tone(np.random.default_rng(1), length)
    for number, identity in enumerate(PARTICIPANTS):
        on = _speaking(identity)
        if not on.any():
            continue
        # Fades of 60 ms keep the gate from clicking.
        gate = np.convolve(
            np.repeat(on, RATE // FPS).astype(np.float32), np.hanning(2880) / np.hanning(2880).sum(), "same"
        )
        sound += murmur(np.random.default_rng(100 + number), length, 105 + 37 * number % 130) * gate.astype(np.float32)
    for entry in chimes():
        start = round(float(str(entry["time"])) * RATE)
        ring = chime(str(entry["kind"]))
        sound[start : start + len(ring)] += ring
    loudest = float(np.abs(sound).max())
    return sound if loudest <= 0.9 else sound * np.float32(0.9 / loudest)
