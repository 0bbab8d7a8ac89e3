"""What `analyze` is asked to do, as a list of jobs: which source, and which files come out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..batch.storage import RemotePlace, is_url, recordings_below
from ..batch.work import RUN
from ..errors import UsageError
from ..results import RECORDS
from ..sources.files import folder_entries, subfolders
from ..sources.still import is_image_name

STDOUT = "-"
RECORDINGS = frozenset(
    f".{ending}"
    for ending in "mp4 m4v mov mkv webm avi mpg mpeg ts m2ts mts flv wmv asf 3gp ogv ogm mxf".split()  # noqa: SIM905
)
"""Endings by which a folder's recordings are told; a file named directly may have any."""


@dataclass(frozen=True, slots=True)
class Job:
    """One recording, or pictures, and the results; a result that is None is not made. `json` may be "-" for standard output.

    folder: where all results of a recording go, which is then worked through in chunks; course: the folder it was found in.
    """

    sources: tuple[str, ...]
    pictures: bool
    json: str | None = None
    video: Path | None = None
    report: Path | None = None
    image: Path | None = None
    folder: Path | RemotePlace | None = None
    course: str | None = None

    @property
    def files(self) -> list[Path]:
        """The files this job writes."""
        written = [None if self.json in (None, STDOUT) else Path(str(self.json)), self.video, self.report, self.image]
        return [path for path in written if path is not None]


@dataclass(slots=True)
class Wanted:
    """Results asked for by name on the command line; none of them means: all of them, in a folder per input."""

    out: Path | RemotePlace
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
    found = [entry for item in inputs for entry in _expand(item)]
    sources = [source for source, _ in found]
    if not sources:
        raise UsageError(f"There is no picture and no recording in {', '.join(inputs)}; name a file or another folder.")
    recordings = [source for source in sources if not is_picture(source)]
    pictures = [source for source in sources if is_picture(source)]
    if wanted.named:
        if any(is_url(source) for source in sources):
            raise UsageError("Results of a recording elsewhere go to a folder; use --out FOLDER or an address.")
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
    return [_job(source, inside, wanted) for source, inside in found]


def is_picture(source: str) -> bool:
    """Whether an input is a still picture, by its name."""
    return is_image_name(Path(source))


def _job(source: str, inside: Path | None, wanted: Wanted) -> Job:
    if inside is None:
        folder = wanted.out / _folder_name(source, wanted.taken)
    else:
        # the results of a folder lie as its recordings do, so that adding some moves nothing
        wanted.taken.add(inside.name.casefold())
        folder = wanted.out / inside.as_posix()
    if is_picture(source):
        if not isinstance(folder, Path):
            raise UsageError(
                f"{source} is a picture, whose results go to a folder of this machine; choose another --out."
            )
        return Job((source,), True, str(folder / RECORDS), image=folder / "annotated.png")
    return Job((source,), False, folder=folder, course=_course(source, inside))


def _course(source: str, inside: Path | None) -> str | None:
    """The archive's folder that a recording lies in, by which lectures are compared; None for a file named by itself."""
    if inside is None:
        return None
    return inside.parts[0] if len(inside.parts) > 1 else Path(source).absolute().parent.name


def _folder_name(source: str, taken: set[str]) -> str:
    """The input's name without its ending; made unique, since two lectures may have one name."""
    stem = name = Path(source).stem or "recording"
    number = 2
    while name.casefold() in taken:
        name, number = f"{stem}-{number}", number + 1
    taken.add(name.casefold())
    return name


def _expand(item: str) -> list[tuple[str, Path | None]]:
    """The files a folder stands for, each with the place of its results; anything else stands for itself."""
    folder = Path(item).expanduser()
    if is_url(item):
        return [_elsewhere(item, url, below) for url, below in recordings_below(item, RECORDINGS)]
    if item == "sample" or not folder.is_dir():
        return [(item, None)]
    return list(_below(folder, Path()))


def _elsewhere(item: str, url: str, below: str) -> tuple[str, Path | None]:
    """A recording at an address; its ending stays, since what lies beside it is not looked at."""
    return (url, Path(below)) if below else (item, None)


def _below(folder: Path, inside: Path) -> Iterator[tuple[str, Path]]:
    """What can be analysed in a folder and those in it, by name; hidden folders, and results of ours, are left out."""
    files = [path for path in folder_entries(folder) if is_image_name(path) or path.suffix.lower() in RECORDINGS]
    stems = Counter(path.stem.casefold() for path in files)
    for path in files:
        if path.name.startswith("."):
            continue
        # two recordings of one name that differ in their ending keep it
        yield str(path), inside / (path.stem if stems[path.stem.casefold()] == 1 else path.name)
    for below in subfolders(folder):
        if not below.name.startswith(".") and not (below / RUN).exists() and not (below / RECORDS).exists():
            yield from _below(below, inside / below.name)
