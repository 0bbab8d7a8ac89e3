"""What the pace of recordings saves and what it costs in accuracy: `python -m benchmarks.pace`; that of a live call: `--live --fps 10`.

Two calls with a known truth are analysed picture by picture as a recording is, once with all that is due (what a recording of
few people gets) and once at the pace of recordings, or of a live call on this machine, in one run: the sample call (up to ten
people) and a gallery of 25 of the same people of which nobody stands still. Printed, for each: processor milliseconds a picture
without decoding; faces missed and added; error of yaw in degrees; of the stretches for which eyes are closed, by length, the
share in which they were seen closed, and the share of open eyes that were called closed; of plain rendered expressions the share
that is shown as such and the share called uncertain; and against the first analysis how often the shown class differs, and the
mean and 95th percentile of the difference of the class's probabilities second by second.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import meeting_analyzer
from meeting_analyzer.analyzer import Analyzer, make_timeline
from meeting_analyzer.batch.hindsight import Hindsight
from meeting_analyzer.config import EventSettings
from meeting_analyzer.perception.pace import EVERYTHING, LIVE, RECORDING, Pace
from meeting_analyzer.sources.sample import open_sample
from meeting_analyzer.types import UNCERTAIN, Box, Face, Frame, Moment, Scene

from .offline import FPS, PEOPLE, TILE, at_clip, gallery, place

SAME = 0.5
"""IoU of a box with the true one."""
LENGTHS = ((0.0, 0.4), (0.4, 1.0), (1.0, 60.0))
"""Seconds for which eyes are closed: a blink, a long one, more."""
PLAIN = 0.7
"""Intensity from which a rendered expression is plain; at 0 a face is neutral, and between the two nobody can say."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A face: who, where, yaw in degrees in the room, whether both eyes are closed, its expression where that is plain."""

    who: str
    box: Box
    yaw: float
    closed: bool
    expression: str | None

    @classmethod
    def of(cls, who: str, box: Box, row: dict[str, Any]) -> Truth:
        """The truth of a row of the sample call's or of a clip's."""
        plain = row["expression"] == "neutral" or row["intensity"] >= PLAIN
        return cls(who, box, row["yaw"], row["eyes_closed"], row["expression"] if plain else None)


Call = list[tuple[Frame, list[Truth]]]


def sample(fps: float) -> Call:
    """The sample call at `fps` pictures a second."""
    path = Path(meeting_analyzer.__file__).parent / "assets" / "sample_call.truth.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    call: Call = []
    with open_sample() as source:
        for frame, row in zip(source, rows, strict=True):
            if not call or frame.time - call[-1][0].time >= 0.99 / fps:
                tiles = [(tile["identity"], face) for tile in row["tiles"] for face in tile["faces"]]
                call.append((frame, [Truth.of(w, Box(*f["box"]), f) for w, f in tiles]))
    return call


def crowd(fps: float, seconds: int) -> Call:
    """The gallery of 25 people of benchmarks.offline at `fps` pictures a second, through JPEG as a codec would."""
    rows = [
        json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["frames"]
        for path in sorted(PEOPLE.glob("*.mp4"))
    ]
    call: Call = []
    for number, picture in enumerate(gallery(seconds)):
        if number % round(FPS / fps):
            continue
        truths = []
        for k in range(25):
            clip = rows[k % len(rows)]
            row = clip[round(at_clip(number, k, len(clip)))]
            box, factor, (x, y) = row["face_box"], TILE[0] / 320, place(k)
            there = Box(*(round(v * factor) for v in box)).shifted(x, y)
            truths.append(Truth.of(f"{k}", there, row))
        packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
        call.append((Frame(packed, number / FPS, number), truths))
    return call


@dataclass
class Seen:
    """What one analysis makes of a call."""

    milliseconds: float = 0.0
    moments: list[Moment] = field(default_factory=list)
    missed: int = 0
    added: int = 0
    yaw: list[float] = field(default_factory=list)
    labels: list[dict[str, str | None]] = field(default_factory=list)
    plain: list[tuple[str, str | None]] = field(default_factory=list)
    """What was rendered and what was shown."""
    closed: dict[str, list[tuple[float, bool, bool]]] = field(default_factory=lambda: defaultdict(list))
    ids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, moment: Moment, truths: Sequence[Truth]) -> None:
        """Count one picture."""
        self.moments.append(moment)
        left = [(face, tile.participant or "") for tile in moment.tiles for face in tile.faces]
        labels: dict[str, str | None] = {}
        for truth in truths:
            found = max(left, key=lambda item: item[0].box.iou(truth.box), default=None)
            if found is None or found[0].box.iou(truth.box) < SAME:
                self.missed += 1
                continue
            left.remove(found)
            face, who = found
            labels[truth.who] = face.label
            if truth.expression is not None:
                self.plain.append((truth.expression, face.label))
            self.ids[truth.who].add(who)
            self._attention(moment.time, face, truth)
        self.labels.append(labels)
        self.added += len(left)

    def _attention(self, at: float, face: Face, truth: Truth) -> None:
        if face.attention is not None:
            self.yaw.append(abs(face.attention.yaw - truth.yaw))
            if face.eyes_known:
                self.closed[truth.who].append((at, truth.closed, face.attention.eyes_closed))

    def plainly(self) -> tuple[float, float]:
        """Of the plain expressions the shares that are shown as such, and that are called uncertain."""
        right = np.mean([shown == truth for truth, shown in self.plain])
        return float(right), float(np.mean([shown == UNCERTAIN for _, shown in self.plain]))

    def stretches(self) -> tuple[dict[tuple[float, float], list[bool]], float]:
        """By length, for every stretch of closed eyes whether it was seen; and the share of open eyes called closed."""
        found: dict[tuple[float, float], list[bool]] = {length: [] for length in LENGTHS}
        wrong = opened = 0
        for sights in self.closed.values():
            step = float(np.median(np.diff([at for at, _, _ in sights]))) if len(sights) > 1 else 0.1
            run: list[tuple[float, bool]] = []
            for at, truth, seen in [*sights, (np.inf, False, False)]:
                if truth:
                    run.append((at, seen))
                    continue
                opened, wrong = opened + 1, wrong + seen
                if run:
                    length = run[-1][0] - run[0][0] + step
                    kind = next(k for k in LENGTHS if k[0] <= length - 1e-6 < k[1])
                    found[kind].append(any(s for _, s in run))
                    run = []
        return found, wrong / max(1, opened)


def analyse(call: Call, pace: Pace, live: bool = False) -> Seen:
    """Analyse a call at this pace; live: knowing nothing of what comes."""
    seen = Seen()
    with Analyzer(pace=pace, names="off", threads=1) as analyzer:
        analyzer.perception.see(decoded(call[0][0]))
        analyzer.reset()
        spent, hindsight, scenes = 0.0, Hindsight(), list[Scene]()
        for frame, _ in call:
            picture = decoded(frame)
            started = time.process_time()
            scene = analyzer.perception.see(picture)
            if live:
                scenes.append(scene)
            else:
                hindsight.add(scene, analyzer.perception.known_faces)
            spent += time.process_time() - started
        started = time.process_time()
        timeline = make_timeline(analyzer.settings, analyzer.perception.uncertain_below, EventSettings())
        moments = [timeline.update(scene) for scene in (scenes or hindsight.scenes())]
        spent += time.process_time() - started
    for moment, (_, truths) in zip(moments, call, strict=True):
        seen.add(moment, truths)
    seen.milliseconds = 1000 * spent / len(call)
    return seen


def decoded(frame: Frame) -> Frame:
    """The frame, its picture unpacked."""
    if frame.image.ndim == 3:
        return frame
    image: Any = cv2.imdecode(frame.image, cv2.IMREAD_COLOR)
    return Frame(image, frame.time, frame.index)


def moods(seen: Seen) -> Iterator[np.ndarray]:
    """Mean probabilities of the class in each second."""
    seconds = defaultdict(list)
    for moment in seen.moments:
        if moment.mood is not None and moment.mood.emotion is not None:
            seconds[int(moment.time)].append(moment.mood.emotion)
    for second in sorted(seconds):
        yield np.mean(seconds[second], axis=0)


def report(name: str, call: Call, live: bool) -> None:
    """Analyse a call both ways and print what is found."""
    other = ("a live call", replace(LIVE, aside=False)) if live else ("recordings", RECORDING)
    full = analyse(call, EVERYTHING)
    print(f"\n{name}: {len(call)} pictures, {np.mean([len(truths) for _, truths in call]):.1f} faces in each\n")
    for title, seen in (("all that is due", full), (other[0], analyse(call, other[1], live))):
        stretches, wrong = seen.stretches()
        total = sum(len(truths) for _, truths in call)
        same = [
            labels[who] == label
            for before, labels in zip(full.labels, seen.labels, strict=True)
            for who, label in before.items()
            if who in labels
        ]
        right, unsure = seen.plainly()
        change = np.abs(np.array(list(moods(seen))) - np.array(list(moods(full))))
        print(
            f"{title:<16} {seen.milliseconds:6.1f} ms a picture; of {total} faces missed {seen.missed}, added {seen.added}; "
            f"ids {sum(len(ids) for ids in seen.ids.values())} of {len(seen.ids)} people; yaw off by {np.mean(seen.yaw):.1f}\n"
            f"{'':16} eyes closed, seen: "
            + ", ".join(f"{sum(s)} of {len(s)} of {low:g} to {high:g} s" for (low, high), s in stretches.items() if s)
            + f"; open ones called closed {100 * wrong:.1f} %\n"
            f"{'':16} plain expressions: {100 * right:.1f} % shown, {100 * unsure:.1f} % uncertain\n"
            f"{'':16} another class is shown for {100 * (1 - np.mean(same)):.1f} % of the faces; "
            f"mood off by {change.mean():.3f}, 95 % below {np.percentile(change, 95):.3f}\n"
            f"{'':16} events: {', '.join(event.kind for moment in seen.moments for event in moment.events) or 'none'}",
            flush=True,
        )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fps", type=float, default=5.0, help="pictures a second (5)")
    parser.add_argument("--seconds", type=int, default=60, help="length of the call of 25 people (60)")
    parser.add_argument("--live", action="store_true", help="at the pace of a live call instead of a recording's")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    report("The sample call", sample(options.fps), options.live)
    report("25 people", crowd(options.fps, options.seconds), options.live)


if __name__ == "__main__":
    main()
