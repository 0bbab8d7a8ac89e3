"""Still images made here: every pixel format, orientation, and everything that can be wrong with one."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from meeting_analyzer.errors import SourceError, UsageError
from meeting_analyzer.sources import EndOfSource, Source, open_paths, open_source, still
from meeting_analyzer.sources.still import StillSource, read_image
from meeting_analyzer.types import Frame

SIZE = (64, 40)


def picture(mode: str = "RGB") -> Pillow.Image:
    """Blue, with the upper left quarter red."""
    image = Pillow.new("RGB", SIZE, (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, SIZE[0] // 2, SIZE[1] // 2))
    return image.convert(mode)


def save(path: Path, image: Pillow.Image | None = None, **options: object) -> Path:
    (image or picture()).save(path, **options)
    return path


def near(pixel: np.ndarray, bgr: tuple[int, int, int], tolerance: int) -> bool:
    return bool(np.abs(pixel.astype(int) - bgr).max() <= tolerance)


def frames_of(source: Source) -> list[Frame]:
    frames = []
    with source:
        while True:
            try:
                frame = source.read()
            except EndOfSource:
                return frames
            assert frame is not None
            frames.append(frame)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.webp", "a.tiff", "a.gif", "Übung – 授業.png", "a.PNG"])
def test_formats_and_names(tmp_path: Path, name: str) -> None:
    options = {"quality": 95} if name.endswith(("jpg", "webp")) else {}
    (frame,) = frames_of(open_source(save(tmp_path / name, **options)))
    assert frame.size == SIZE
    assert frame.image.dtype == np.uint8
    assert frame.image.flags.c_contiguous
    assert near(frame.image[5, 5], (0, 0, 255), 12)
    assert near(frame.image[35, 60], (255, 0, 0), 12)
    assert (frame.time, frame.index) == (0.0, 0)


def test_transparency_is_put_on_white(tmp_path: Path) -> None:
    image = picture("RGBA")
    image.putalpha(Pillow.linear_gradient("L").resize(SIZE))
    image.putpixel((0, 0), (255, 0, 0, 0))
    image.putpixel((1, 0), (255, 0, 0, 255))
    image.putpixel((2, 0), (255, 0, 0, 51))
    pixels = read_image(save(tmp_path / "a.png", image))
    assert [tuple(map(int, pixels[0, n])) for n in range(3)] == [(255, 255, 255), (0, 0, 255), (204, 204, 255)]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("L", (76, 76, 76)), ("1", (0, 0, 0)), ("P", (0, 0, 255)), ("LA", (76, 76, 76)), ("CMYK", (0, 0, 255))],
)
def test_modes(tmp_path: Path, mode: str, expected: tuple[int, int, int]) -> None:
    image = Pillow.new("RGB", SIZE, (255, 0, 0)).convert(mode, dither=Pillow.Dither.NONE)
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    pixels = read_image(save(path, image))
    assert pixels.shape == (40, 64, 3)
    assert near(pixels[20, 20], expected, 3)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits(tmp_path: Path, channels: int) -> None:
    image = np.full((40, 64, channels), 0x8055, np.uint16)
    if channels == 4:
        image[..., 3] = 0xFFFF
    assert cv2.imwrite(str(tmp_path / "a.png"), image)
    pixels = read_image(tmp_path / "a.png")
    assert pixels.dtype == np.uint8
    assert near(pixels[3, 3], (0x80, 0x80, 0x80), 1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "opaque.png", "alpha.png"])
def test_exif_orientation(tmp_path: Path, name: str, orientation: int) -> None:
    from PIL import ImageOps

    image = picture("RGBA" if name == "alpha.png" else "RGB")
    if name == "alpha.png":
        image.putpixel((63, 39), (0, 0, 255, 254))
    exif = Pillow.Exif()
    exif[274] = orientation
    save(tmp_path / name, image, exif=exif, **({"quality": 95} if name == "a.jpg" else {}))
    with Pillow.open(tmp_path / name) as saved:
        upright = np.asarray(ImageOps.exif_transpose(saved).convert("RGB"))[..., ::-1]
    pixels = read_image(tmp_path / name)
    assert pixels.shape == upright.shape
    assert np.abs(pixels.astype(int) - upright).mean() < 6


def test_of_an_animation_the_first_picture(tmp_path: Path) -> None:
    later = [Pillow.new("RGB", SIZE, "green"), Pillow.new("RGB", SIZE, "white")]
    pixels = read_image(save(tmp_path / "a.gif", picture(), save_all=True, append_images=later, duration=50))
    assert near(pixels[5, 5], (0, 0, 255), 3)


def header_only_png(path: Path, width: int, height: int) -> Path:
    """A PNG that says it is huge and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )
    return path


def not_an_image(folder: Path) -> Path:
    (folder / "a.png").write_text("not an image at all, whatever its name says")
    return folder / "a.png"


def truncated(folder: Path) -> Path:
    noise = Pillow.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8))
    path = save(folder / "cut.gif", noise)
    path.write_bytes(path.read_bytes()[:300])
    return path


def empty(folder: Path) -> Path:
    (folder / "e.jpg").touch()
    return folder / "e.jpg"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (not_an_image, r"a\.png is not an image, or is damaged; open it in a viewer"),
        (truncated, r"cut\.gif is (damaged|not an image)"),
        (empty, r"e\.jpg is empty \(0 bytes\)"),
        (
            lambda folder: save(folder / "1.png", Pillow.new("RGB", (1, 1))),
            r"1\.png has 1x1 pixels, too few .*16x16 are needed",
        ),
        (lambda folder: save(folder / "1.png", Pillow.new("RGB", (500, 15))), r"1\.png has 500x15 pixels, too few"),
        (lambda folder: header_only_png(folder / "h.png", 20_000, 20_000), r"h\.png has .*100 million.* scale it down"),
        (
            lambda folder: header_only_png(folder / "h.png", 12_000, 9_000),
            r"h\.png has 12000x9000 pixels, more than the 100",
        ),
        (lambda folder: header_only_png(folder / "h.png", 64, 64), r"h\.png is damaged"),
        (lambda folder: folder / "absent.png", r"There is no file .*absent\.png"),
    ],
)
def test_bad_images(
    tmp_path: Path, make: Callable[[Path], Path], sentence: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SourceError, match=sentence) as raised, open_source(make(tmp_path)) as source:
        source.read()
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 1
    assert capfd.readouterr().err == "", "a library has said something besides the one sentence"


def test_a_huge_image_is_refused_before_it_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "_to_bgr", lambda *_: pytest.fail("the image was decoded"))
    with pytest.raises(SourceError, match="scale it down"):
        read_image(header_only_png(tmp_path / "h.png", 20_000, 20_000))


def test_several_images_and_folders(tmp_path: Path) -> None:
    folder = tmp_path / "shots"
    folder.mkdir()
    save(folder / "2.png")
    save(folder / "1.jpg")
    (folder / "notes.txt").write_text("no image")
    one = save(tmp_path / "one.png", picture().resize((100, 50)))
    source = open_paths([one, folder])
    assert source.info.frames == 3
    assert source.info.title == "one.png and 2 more images"
    assert source.info.path is None
    assert source.info.size == (100, 50)
    frames = frames_of(source)
    assert [frame.size for frame in frames] == [(100, 50), SIZE, SIZE]
    assert [(frame.time, frame.index) for frame in frames] == [(0.0, 0), (1.0, 1), (2.0, 2)]
    assert isinstance(source, StillSource)
    assert source.current == folder / "2.png"


def test_bad_images_of_a_folder_are_left_out_and_said(tmp_path: Path) -> None:
    not_an_image(tmp_path)
    save(tmp_path / "b.png")
    source = StillSource([tmp_path])
    assert len(frames_of(source)) == 1
    assert source.skipped == 1
    assert "1 images of the folder were left out, the last one because: " in (source.notice or "")
    assert "a.png is not an image" in (source.notice or "")


def test_a_folder_with_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="has no images in it"):
        open_source(tmp_path)
    not_an_image(tmp_path)
    with open_source(tmp_path) as source, pytest.raises(SourceError, match="None of the 1 images could be used"):
        source.read()


def test_a_named_bad_image_is_an_error_and_reading_may_go_on(tmp_path: Path) -> None:
    paths = [save(tmp_path / "1.png"), header_only_png(tmp_path / "2.png", 64, 64), save(tmp_path / "3.png")]
    with open_paths(paths) as source:
        assert source.read() is not None
        with pytest.raises(SourceError, match=r"2\.png is damaged"):
            source.read()
        last = source.read()
        assert last is not None
        assert last.index == 1
        with pytest.raises(EndOfSource):
            source.read()


def test_content_decides_where_the_name_does_not(tmp_path: Path) -> None:
    with save(tmp_path / "a.png").open("rb") as image:
        (tmp_path / "shot").write_bytes(image.read())
    assert frames_of(open_source(tmp_path / "shot"))[0].size == SIZE
    text = tmp_path / "text"
    text.write_text("x" * 1000)
    with pytest.raises(SourceError, match="is not a video"):
        open_source(text)


def test_no_paths_and_missing_paths(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No file was named"):
        open_paths([])
    with pytest.raises(SourceError, match="There is no file"):
        open_paths([save(tmp_path / "a.png"), tmp_path / "b.png"])
    with pytest.raises(SourceError, match="No image was named"):
        StillSource([])
