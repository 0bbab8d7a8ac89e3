"""Make the sample call and its ground truth.

    python -m tools.sample_call.make --out FOLDER [--truth-only]

writes sample_call.mp4 (H.264 and AAC) and sample_call.truth.jsonl. The truth is the same on every run; the video's
bytes depend on the encoder's version. Needs the fonts Noto Sans, Noto Sans Devanagari and Noto Sans CJK.
"""

from __future__ import annotations

import argparse
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from .audio import RATE, soundtrack
from .call import FPS, FRAMES, SIZE, seats, truth_lines
from .draw import FontError, draw

VIDEO_NAME = "sample_call.mp4"
TRUTH_NAME = "sample_call.truth.jsonl"
_AUDIO_BLOCK = 1024


def write_truth(path: Path) -> None:
    """Write the ground truth as JSON Lines."""
    path.write_text("".join(line + "\n" for line in truth_lines(VIDEO_NAME)), encoding="utf-8")


def write_video(path: Path) -> None:
    """Draw, synthesise and encode the call; frame n is presented at exactly n / FPS seconds."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        video = container.add_stream("libx264", rate=FPS)
        video.width, video.height = SIZE
        video.pix_fmt = "yuv420p"
        video.codec_context.time_base = Fraction(1, FPS)
        # No B-frames: the first picture is then at time 0 without an edit list, which some readers ignore.
        video.options = {"crf": "20", "preset": "veryslow", "tune": "animation", "bf": "0", "g": "50"}
        audio = container.add_stream("aac", rate=RATE, layout="mono")
        audio.bit_rate = 64_000
        sound = soundtrack()
        sent = 0
        for number in range(FRAMES):
            picture = av.VideoFrame.from_ndarray(np.asarray(draw(number, seats(number))), format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(picture))
            while sent < min(len(sound), (number + 1) * RATE // FPS):
                block = np.ascontiguousarray(sound[None, sent : sent + _AUDIO_BLOCK])
                heard = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
                heard.sample_rate, heard.pts, heard.time_base = RATE, sent, Fraction(1, RATE)
                container.mux(audio.encode(heard))
                sent += block.shape[1]
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def main() -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Make the sample call and its ground truth.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the two files")
    parser.add_argument("--truth-only", action="store_true", help="leave the video alone")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    write_truth(arguments.out / TRUTH_NAME)
    if not arguments.truth_only:
        try:
            write_video(arguments.out / VIDEO_NAME)
        except FontError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
