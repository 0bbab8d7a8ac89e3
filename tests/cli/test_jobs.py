from __future__ import annotations

from pathlib import Path

import pytest

from meeting_analyzer.cli.jobs import Job, Wanted, plan
from meeting_analyzer.errors import SourceError, UsageError

OUT = Path("out")


def test_a_recording_gets_a_folder_with_everything() -> None:
    assert plan(("talks/lecture.mp4",), Wanted(OUT)) == [Job(("talks/lecture.mp4",), False, folder=OUT / "lecture")]


def test_a_picture_gets_records_and_an_annotated_picture() -> None:
    (job,) = plan(("shot.PNG",), Wanted(OUT))
    assert job.pictures
    assert job.files == [OUT / "shot" / "records.jsonl", OUT / "shot" / "annotated.png"]


def test_two_lectures_of_one_name_do_not_overwrite_each_other() -> None:
    jobs = plan(("a/lecture.mp4", "b/Lecture.mkv"), Wanted(OUT))
    assert [job.folder for job in jobs] == [OUT / "lecture", OUT / "Lecture-2"]


def test_a_folder_stands_for_what_can_be_analysed_in_it(tmp_path: Path) -> None:
    for name in ("b.mp4", "a.png", "notes.txt", "c.MKV"):
        (tmp_path / name).write_bytes(b"x")
    jobs = plan((str(tmp_path),), Wanted(OUT))
    assert [Path(job.sources[0]).name for job in jobs] == ["a.png", "b.mp4", "c.MKV"]


def test_an_archives_folders_are_kept_apart_and_name_the_course(tmp_path: Path) -> None:
    names = [
        'algebra/week 1/it\'s "one".mp4',
        "algebra/week 1/лекция.MKV",
        "history/lecture.mp4",
        "history/lecture.mkv",
    ]
    names += [".hidden/no.mp4", "algebra/._week.mp4", "out/done/annotated.mp4", "out/shot/x.png", "top.mp4"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "out/done/run.json").write_text("{}")
    (tmp_path / "out/shot/records.jsonl").write_text("")
    jobs = plan((str(tmp_path),), Wanted(OUT))
    assert {str(job.folder): job.course for job in jobs} == {
        str(OUT / 'algebra/week 1/it\'s "one"'): "algebra",
        str(OUT / "algebra/week 1/лекция"): "algebra",
        str(OUT / "history/lecture.mkv"): "history",
        str(OUT / "history/lecture.mp4"): "history",
        str(OUT / "top"): tmp_path.name,
    }


def test_a_new_recording_moves_no_results(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "lecture.mp4").write_bytes(b"x")
    before = {job.folder for job in plan((str(tmp_path),), Wanted(OUT))}
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "lecture.mp4").write_bytes(b"x")
    assert before < {job.folder for job in plan((str(tmp_path),), Wanted(OUT))}


def test_an_empty_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no picture and no recording"):
        plan((str(tmp_path),), Wanted(OUT))


def test_a_folder_without_permission_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(SourceError, match="may not be read"):
        plan((str(tmp_path),), Wanted(OUT))


def test_several_pictures_share_one_stream_of_records() -> None:
    (job,) = plan(("a.png", "b.jpg"), Wanted(OUT, json="-"))
    assert job.sources == ("a.png", "b.jpg")
    assert job.files == [], "standard output is no file"


@pytest.mark.parametrize(
    ("inputs", "wanted", "word"),
    [
        (("a.mp4", "b.mp4"), Wanted(OUT, json="-"), "--out FOLDER"),
        (("a.mp4", "b.png"), Wanted(OUT, json="-"), "--out FOLDER"),
        (("a.png",), Wanted(OUT, video=Path("x.mp4")), "--image"),
        (("a.png", "b.png"), Wanted(OUT, image=Path("x.png")), "several pictures"),
        (("a.mp4",), Wanted(OUT, image=Path("x.png")), "--video"),
    ],
)
def test_results_that_do_not_fit_the_inputs_are_refused(inputs: tuple[str, ...], wanted: Wanted, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        plan(inputs, wanted)
