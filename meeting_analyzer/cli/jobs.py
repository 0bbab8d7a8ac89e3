"""What `analyze` is asked to do, as a list of jobs: which source, and which files come out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..errors import UsageError
from ..sources.files import folder_entries
from ..sources.still import is_image_name

RECORDS, REPORT, VIDEO = "records.jsonl", "report.html", "annotated.mp4"
STDOUT = "-"
RECORDINGS = frozenset(
    f".{ending}"
    for ending in "mp4 m4v mov mkv webm avi mpg mpeg ts m2ts mts flv wmv asf 3gp ogv ogm mxf".split()  # noqa: SIM905
)
"""Endings by which a folder's recordings are told; a file named directly may have any."""


@dataclass(frozen=True, slots=True)
class Job:
    """One recording, or pictures, and the results; a result that is None is not made. `json` may be "-" for standard output."""

    sources: tuple[str, ...]
    pictures: bool
    json: str | None = None
    video: Path | None = None
    report: Path | None = None
    image: Path | None = None

    @property
    def files(self) -> list[Path]:
        """The files this job writes."""
        written = [None if self.json in (None, STDOUT) else Path(str(self.json)), self.video, self.report, self.image]
        return [path for path in written if path is not None]


@dataclass(slots=True)
class Wanted:
    """Results asked for by name on the command line; none of them means: all of them, in a folder per input."""

    out: Path
    json: str | None = None
    video: Path | None = None
    report: Path | None = None
    image: Path | None = None
    taken: set[str] = field(default_factory=set)

    @property
    def named(self) -> bool:
        """Whether any result was asked for by name."""
        return any((self.json, self.video, self.report, self.image))


def plan(inputs: tuple[str, ...], wanted: Wanted) -> list[Job]:
    """The jobs for these inputs in order. A folder stands for the pictures and recordings in it.

    Raises UsageError when results and inputs do not fit together.
    """
    sources = [source for item in inputs for source in _expand(item)]
    if not sources:
        raise UsageError(f"There is no picture and no recording in {', '.join(inputs)}; name a file or another folder.")
    recordings = [source for source in sources if not is_picture(source)]
    pictures = [source for source in sources if is_picture(source)]
    if wanted.named:
        if len(recordings) > 1 or (recordings and pictures):
            raise UsageError(
                "Files named with --json, --video or --report hold one recording; analyse several with --out FOLDER."
            )
        if pictures and (wanted.video or wanted.report):
            raise UsageError("A picture has no annotated video and no report; use --image FILE or --json FILE.")
        if recordings and wanted.image:
            raise UsageError("A recording has no single annotated picture; use --video FILE.")
        if len(pictures) > 1 and wanted.image:
            raise UsageError("--image names one file, but there are several pictures; use --out FOLDER.")
        return [Job(tuple(sources), bool(pictures), wanted.json, wanted.video, wanted.report, wanted.image)]
    return [_job(source, wanted) for source in sources]


def is_picture(source: str) -> bool:
    """Whether an input is a still picture, by its name."""
    return is_image_name(Path(source))


def _job(source: str, wanted: Wanted) -> Job:
    folder = wanted.out / _folder_name(source, wanted.taken)
    if is_picture(source):
        return Job((source,), True, str(folder / RECORDS), image=folder / "annotated.png")
    return Job((source,), False, str(folder / RECORDS), folder / VIDEO, folder / REPORT)


def _folder_name(source: str, taken: set[str]) -> str:
    """The input's name without its ending; made unique, since two lectures may have one name."""
    stem = name = Path(source).stem or "recording"
    number = 2
    while name.casefold() in taken:
        name, number = f"{stem}-{number}", number + 1
    taken.add(name.casefold())
    return name


def _expand(item: str) -> list[str]:
    """The files a folder stands for; anything else stands for itself."""
    folder = Path(item).expanduser()
    if item == "sample" or not folder.is_dir():
        return [item]
    return [str(p) for p in folder_entries(folder) if is_image_name(p) or p.suffix.lower() in RECORDINGS]
