from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from meeting_analyzer.errors import AnalyzerError
from meeting_analyzer.scenes import Looks, pack, scene_from_json, scene_to_json, unpack
from meeting_analyzer.types import Attention, Box, Face, Scene, Tile


def a_scene(seed: int = 0) -> Scene:
    random = np.random.default_rng(seed)
    emotion = random.dirichlet(np.ones(7))
    face = Face(
        Box(-3, 4, 50, 60),
        float(random.random()),
        tuple((float(x), float(y)) for x, y in random.normal(0, 900, (6, 2))),
        tuple(float(p) for p in emotion),
        "happy",
        float(emotion.max()),
        Attention(-12.3456789, float(random.normal()), True),
    )
    look = random.normal(size=721).astype(np.float32)
    look[3] = -0.0
    look[4] = np.float32(1e-42)
    tiles = (
        Tile(
            Box(0, 0, 320, 180), "video", 'Zoë "the\n=1+1" 李', "P01", True, (face, replace(face, emotion=None)), look
        ),
        Tile(Box(320, 0, 320, 180), "off", None, None, False, (), random.random(721).astype(np.float32)),
        Tile(Box(0, 180, 320, 180), "still"),
    )
    return Scene(0.1 + 0.2, 17, (1920, 1080), tiles, "presence")


def same(a: Scene, b: Scene) -> bool:
    if a != b:
        return False
    for one, other in zip(a.tiles, b.tiles, strict=True):
        if (one.appearance is None) != (other.appearance is None):
            return False
        if one.appearance is not None and other.appearance is not None:
            assert other.appearance.dtype == np.float32
            if one.appearance.tobytes() != other.appearance.tobytes():
                return False
    return True


def test_a_line_gives_back_the_scene_to_the_last_bit() -> None:
    scene = a_scene()
    line = scene_to_json(scene)
    assert b"\n" not in line
    back = scene_from_json(line)
    assert same(scene, back)
    assert isinstance(back.tiles[0].box, Box)
    assert back.tiles[0].faces[0].keypoints == scene.tiles[0].faces[0].keypoints
    assert not same(scene, replace(back, time=math.nextafter(back.time, 1)))


def test_numpys_numbers_are_stored_as_they_are() -> None:
    score = np.float32(0.1)
    face = Face(Box(np.int64(1), np.int64(2), np.int64(3), np.int64(4)), score)  # type: ignore[arg-type]
    back = scene_from_json(scene_to_json(Scene(0.0, 0, (16, 16), (Tile(Box(0, 0, 16, 16), faces=(face,)),))))
    assert back.tiles[0].faces[0].score == float(score)


def test_looks_that_repeat_are_stored_once() -> None:
    scenes = [replace(a_scene(), time=float(n), frame=n) for n in range(50)]
    packed = pack(scenes)
    assert len(packed) < 4 * len(pack(scenes[:1]))
    back = list(unpack(packed))
    assert len(back) == 50
    assert all(same(a, b) for a, b in zip(scenes, back, strict=True))


def test_looks_are_exact_whatever_their_length() -> None:
    for length in (0, 1, 5, 721):
        look = np.random.default_rng(length).normal(size=length).astype(np.float32)
        taken = Looks().take(Looks().put(look))
        assert taken is not None
        assert taken.tobytes() == look.tobytes()


def test_no_scene_at_all_is_a_chunk_too() -> None:
    assert list(unpack(pack([]))) == []


@pytest.mark.parametrize("spoil", [lambda c: c[:-10], lambda c: c[: len(c) // 2], lambda c: b"x" + c, lambda c: b""])
def test_a_damaged_chunk_is_said(spoil: object) -> None:
    content = pack([a_scene(n) for n in range(9)])
    with pytest.raises(AnalyzerError, match="analyse the recording again"):
        list(unpack(spoil(content)))  # type: ignore[operator]


def test_a_damaged_line_is_said() -> None:
    for line in ("", "[]", "[1,2]", '[0,0,[1,1],[[1]],"emotion"]', scene_to_json(a_scene())[:-5]):
        with pytest.raises(AnalyzerError, match="analyse the recording again"):
            scene_from_json(line)
