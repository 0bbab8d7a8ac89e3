"""One frame in, one Scene out: tiles, then the faces in each, then the emotion of all faces as one batch.

What is still as it was in the frame before is not looked at again (`memory.py`). That saves most of the work and hardly
changes the result; after `forget` nothing depends on earlier frames, so calls may be cut into pieces that are analysed
elsewhere. Name labels are read through a cache keyed by their pixels. In a live call, where the next frame comes anyway,
only so much is done in one frame, so that none takes long; in a recording only so much in a second of it (`pace.py`).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ..config import Settings
from ..errors import ModelError, UsageError
from ..types import Frame, Image, Mode, Scene
from .appearance import appearance
from .attention import AttentionReader
from .base import FaceDetector
from .beside import thread_beside
from .detect import detect_anywhere, make_detector
from .emotion import EmotionClassifier
from .known import Known
from .known_face import Glance, KnownFace, same_crop
from .memory import Memory
from .names import NameReader
from .pace import EVERYTHING, Allowance, Pace, Room, least
from .picture import check_image
from .tracking import Shrunk, shrink

LOOKS = 2
"""Faces whose picture is compared with the one before, for each whose expression may be read again."""
SELDOM = 0.25
"""Seconds between frames from which on what takes turns is all done in each of them."""
BARE, BARE_EVERY, BARE_RARELY = 3, 2.0, 8.0
"""Looks in a row that saw no label, or one read in vain, and seconds until the next look from then on, twice as many after each, up to
so many: a call that shows no names goes on so."""

Notify = Callable[[str], None]


class Perception:
    """All models of one run. Used by one thread at a time.

    notify receives one sentence when something is done otherwise than asked (the fallback detector took over).
    pace: how much of what is due is done in one frame and in one second. But for LIVE, whose frames come by a clock, the same
    frames give the same scenes. Raises ModelError when a model that cannot be replaced is missing or damaged.
    """

    def __init__(self, settings: Settings, notify: Notify, pace: Pace = EVERYTHING) -> None:
        self.settings, self.mode = settings, settings.mode
        self._pace = pace
        self._aside = thread_beside() if pace.aside else None
        self.detector: FaceDetector = make_detector(
            settings.detector, settings.engine, settings.face_range, settings.threads, settings.min_score, notify
        )
        try:
            self.emotion = EmotionClassifier(settings.threads) if settings.mode == "emotion" else None
            self.names = NameReader.open(settings.names, settings.threads, self._aside)
            self.attention = AttentionReader.open(
                settings.attention,
                settings.threads,
                settings.attention_every,
                notify,
                pace,
            )
        except ModelError:
            self.detector.close()
            raise
        self._tiles_room, self._faces_room = Room(pace.tiles, pace.tile_seconds), Room(pace.faces, pace.face_seconds)
        self._detect_every, self._emotion_every = settings.detect_every, settings.emotion_every
        self._begin()

    def _begin(self) -> None:
        """Know nothing of any frame."""
        self._memory, self._time = Memory(self._aside, self._pace.layout_every), 0.0
        self._detector_waits = False
        self._tiles_allowed = Allowance(self._pace.tiles_a_second, self._pace.batch)
        self._faces_allowed = Allowance(self._pace.faces_a_second, self._pace.batch)

    def beside(self, mode: Mode) -> Perception:
        """Perception of another call that goes on at the same time: the same models, a memory of its own.

        Both must be used by one thread. mode: "presence" leaves the emotion model out; "emotion" needs it here.
        """
        if mode == "emotion" and self.emotion is None:
            raise UsageError("The emotion model was not loaded: this program was started in presence mode.")
        other = copy.copy(self)
        other._begin()
        other.mode = mode
        other.emotion = self.emotion if mode == "emotion" else None
        other.settings = replace(self.settings, mode=mode)
        other.names = self.names and self.names.beside()
        other.attention = self.attention and self.attention.beside()
        return other

    @property
    def uncertain_below(self) -> float:
        """The confidence in 0..1 under which a label is "uncertain": the emotion model's own, measured threshold."""
        return self.emotion.uncertain_below if self.emotion else 1.0

    def see(self, frame: Frame) -> Scene:
        """The scene of one frame. Raises SourceError for a picture that cannot be analysed."""
        image = check_image(frame.image)
        if not self._detect_every:
            self._memory.forget()
        shrunk = shrink(image, frame.luma)
        elapsed, self._time = frame.time - self._time, frame.time
        tiles = self._memory.look(image, shrunk, frame.time)
        in_turn = self._pace.turns and elapsed < SELDOM
        self._detector_waits = in_turn and not self._detector_waits
        due = self._to_check(tiles, shrunk, frame.time, elapsed)
        with self._tiles_room.used_by(len(due)):
            self._check(image, shrunk, frame.time, due)
        self._judge_others(image, shrunk, frame.time, tiles)
        self._read_names(image, frame.time, tiles)
        self._classify(image, frame.time, tiles)
        if self.attention is not None:
            waits = in_turn and not self._detector_waits
            found = self.attention.add(
                image, [[each.face for each in known.faces] for known in tiles], frame.time, waits
            )
            for known, faces in zip(tiles, found, strict=True):
                for each, face in zip(known.faces, faces, strict=True):
                    each.face = face
        return Scene(frame.time, frame.index, frame.size, tuple(known.seen() for known in tiles), self.mode)

    @property
    def known_faces(self) -> list[list[KnownFace]]:
        """What is known of each face of the scene seen last, tile by tile."""
        return [known.faces for known in self._memory.tiles]

    def forget(self) -> None:
        """The next frame is looked at wholly, as the first one of a call is."""
        self._begin()
        # another reader and not this one: which labels it knows must not depend on what was analysed before
        self.names = self.names and self.names.beside()
        if self.attention is not None:
            self.attention.forget()

    def _to_check(self, tiles: Sequence[Known], shrunk: Shrunk, time: float, elapsed: float) -> list[Known]:
        """The tiles that the detector looks at now; the faces of the others are moved to where they are."""
        new: list[Known] = []
        due: list[Known] = []
        for number, known in enumerate(tiles):
            if known.appearance is None:
                new.append(known)
            elif known.lost or known.change == "all":
                known.lost = True
                if known.change == "all":
                    known.judged = -np.inf
                    known.doubt_faces()
                due.append(known)
            elif known.change == "some":
                if self._is_due(known.checked, number, time):
                    due.append(known)
                elif not known.follow(shrunk, elapsed):
                    known.lost = True
                    due.append(known)
        # whose faces are lost first, and then who was looked at longest ago
        due.sort(key=lambda known: (not known.lost, known.checked or 0.0))
        lost = sum(known.lost for known in due)
        most = self._tiles_room.left
        allowed = 0 if self._detector_waits else self._tiles_allowed.at(time)
        if self._detector_waits and most is not None:
            # only faces that are lost, and few of them
            most = max(1, most // 4)
        room = least(
            None if most is None else max(1, most - len(new)),
            None if allowed is None else max(lost, allowed),
        )
        checked, waiting = due[:room], [] if room is None else due[room:]
        for known in waiting:
            known.lost = known.lost or not known.follow(shrunk, elapsed)
        self._tiles_allowed.take(len(checked))
        return [*new, *checked]

    def _is_due(self, before: float | None, number: int, time: float, every: float | None = None) -> bool:
        """Whether a tile's turn has come, as often as the detector looks or `every` so many seconds if that is more seldom; turns
        are spread so that not all tiles have theirs in one frame."""
        pause = max(self._detect_every, every or 0.0) if self._detect_every else 0.0
        return before is None or not 0 <= time - before < pause * (0.8 + 0.4 * (number * 0.618 % 1))

    def _check(self, image: Image, shrunk: Shrunk, time: float, tiles: Sequence[Known]) -> None:
        """Look at these tiles anew: kind, speaker's border, faces, appearance."""
        height, width = image.shape[:2]
        video: list[Known] = []
        for known in tiles:
            if (known.box.w, known.box.h) == (width, height):
                if known.is_to_judge(time, self._pace.judge_every):
                    known.appearance, known.judged = appearance(image, known.box, None), time
                known.detected(detect_anywhere(self.detector, image), shrunk)
            else:
                if known.is_to_judge(time, self._pace.judge_every):
                    known.judge(image, time)
                if known.tile.kind == "video":
                    video.append(known)
                else:
                    # a face in a profile picture is nobody's who is there
                    known.detected([], shrunk)
            known.checked, known.lost, known.unread = time, False, True
        for known, faces in zip(video, self.detector.detect([known.box.of(image) for known in video]), strict=True):
            known.detected([face.shifted(known.box.x, known.box.y) for face in faces], shrunk)

    def _judge_others(self, image: Image, shrunk: Shrunk, time: float, tiles: Sequence[Known]) -> None:
        """Look at who is in tiles that show something else and wait for the detector: where some of the looks were those of before,
        participants who changed places would be taken for one another."""
        for known in tiles:
            if known.change == "all" and known.judged != time:
                known.judge(image, time)
                if known.tile.kind != "video":
                    known.detected([], shrunk)

    def _read_names(self, image: Image, time: float, tiles: Sequence[Known]) -> None:
        if self.names is None:
            return
        for known in tiles:
            # somebody else may have a label
            known.bare *= known.change != "all"
        due = [
            known
            for number, known in enumerate(tiles)
            if known.change == "all" or self._is_due(known.named, number, time, self._names_every(known))
        ]
        others = {known.box for known in due if known.change == "all"}
        names = self.names.read(image, [known.tile for known in due], self._pace.names, others)
        for known, name in zip(due, names, strict=True):
            known.name, known.named = name, time
            known.bare = known.bare + 1 if known.box in self.names.nameless else 0

    def _names_every(self, known: Known) -> float:
        """Seconds after which the reader of names looks at this tile again."""
        bare = min(BARE_RARELY, BARE_EVERY * 2 ** min(known.bare - BARE, 9)) if known.bare >= BARE else 0.0
        return max(self._pace.names_every or 0.0, bare)

    def _classify(self, image: Image, time: float, tiles: Sequence[Known]) -> None:
        """The expressions of these tiles' faces whose turn has come as one batch, but for those that look as they did before."""
        if self.emotion is None:
            return
        changed: list[Known] = []
        for known in tiles:
            if known.change != "none" or known.unread:
                changed.append(known)
            else:
                for each in known.faces:
                    each.as_of = time
        waiting: list[tuple[Known, KnownFace, bool]] = []
        fresh = looked = 0
        most, allowed = self._faces_room.left, self._faces_allowed.at(time)
        # who has waited longest first, and before them who is new
        for known in sorted(changed, key=lambda known: min((each.due for each in known.faces), default=np.inf)):
            new = any(each.due == -np.inf for each in known.faces)
            again = len(waiting) - fresh
            spent = allowed is not None and not new and (again >= allowed or looked >= LOOKS * allowed)
            if spent or (most is not None and len(waiting) >= most):
                known.unread = True
                continue
            # a time that jumped back makes everything due
            turns = [each for each in known.faces if not time < each.due - 1e-6 <= time + self._emotion_every]
            known.unread = len(turns) < len(known.faces)
            crops = self.emotion.crops(image, [each.face for each in turns])
            looked += len(turns)
            for each, crop in zip(turns, crops, strict=True):
                pause = self._emotion_every
                if each.face.emotion is None:
                    # faces that come together are read again one after another, not all in one frame
                    fresh += 1
                    pause *= fresh * 0.618 % 1
                each.due = time + pause
                same = same_crop(each.crop, crop)
                if each.glance is None or not each.glance.settled or not same:
                    each.crop = crop
                    waiting.append((known, each, same))
                else:
                    each.as_of = time
        self._faces_allowed.take(len(waiting) - fresh)
        self._read(waiting, time)

    def _read(self, waiting: Sequence[tuple[Known, KnownFace, bool]], time: float) -> None:
        """Read these faces, each with whether its picture was read before; every other time in the mirror. Of a picture that stayed
        the mean of both is its expression; of a face that moves the older reading is of something else, and smoothing has both."""
        assert self.emotion is not None
        before = [each.glance for _, each, _ in waiting]
        mirrored = [glance is not None and not glance.mirrored for glance in before]
        crops = [
            each.crop[:, ::-1] if each.crop is not None and turn else each.crop
            for (_, each, _), turn in zip(waiting, mirrored, strict=True)
        ]
        with self._faces_room.used_by(len(waiting)):
            classified = self.emotion.classify_crops([each.face for _, each, _ in waiting], crops)
        for n, (known, each, same) in enumerate(waiting):
            face, glance, emotion = classified[n], before[n], classified[n].emotion
            if crops[n] is None or emotion is None:
                continue
            each.glance, each.as_of = Glance(emotion, mirrored[n], settled=same and glance is not None), time
            known.unread = known.unread or not same
            if same and glance is not None:
                emotion = tuple((a + b) / 2 for a, b in zip(glance.emotion, emotion, strict=True))
                face = self.emotion.labelled(face, emotion)
            each.face = face

    def close(self) -> None:
        """Release the models. Idempotent."""
        if self._aside is not None:
            self._aside.shutdown(cancel_futures=True)
        self.detector.close()
