"""Questions that are ready to be asked: `meeting-analyzer query mood-by-course-and-week`."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import UsageError


@dataclass(frozen=True, slots=True)
class Question:
    """What it answers, in a line, and its SQL."""

    words: str
    sql: str


QUESTIONS: dict[str, Question] = {
    "recordings": Question(
        "Every session: when, how long, how many people, how it appeared",
        "SELECT session, course, started, round(duration / 60) AS minutes, participants, mode, round(faces, 1) AS faces, "
        "valence, happy FROM recordings ORDER BY started, session",
    ),
    "mood-by-course-and-week": Question(
        "How each course appeared, week by week",
        "SELECT course, week, count(*) AS lectures, round(sum(duration) / 3600, 1) AS hours, "
        "round(sum(valence * duration) / sum(CASE WHEN valence IS NOT NULL THEN duration END), 3) AS valence, "
        "round(sum(happy * duration) / sum(CASE WHEN happy IS NOT NULL THEN duration END), 3) AS happy, "
        "round(sum(uncertain * duration) / sum(CASE WHEN uncertain IS NOT NULL THEN duration END), 3) AS uncertain "
        "FROM recordings GROUP BY course, week ORDER BY course, week",
    ),
    "attention-by-minute": Question(
        "Over all lectures, minute by minute: the share of the seen faces that look away",
        "SELECT minute, count(DISTINCT session) AS lectures, "
        "round(sum(looking_away * seconds) / nullif(sum(heads_known * seconds), 0), 3) AS looking_away, "
        "round(sum(eyes_closed * seconds) / nullif(sum(eyes_known * seconds), 0), 3) AS eyes_closed, "
        "round(sum(faces * seconds) / sum(seconds), 1) AS faces "
        "FROM minutes GROUP BY minute ORDER BY minute",
    ),
    "mood-by-minute": Question(
        "Over all lectures, minute by minute: valence and apparent happiness",
        "SELECT minute, count(DISTINCT session) AS lectures, round(avg(valence), 3) AS valence, round(avg(happy), 3) AS happy "
        "FROM minutes WHERE valence IS NOT NULL GROUP BY minute ORDER BY minute",
    ),
    "cameras-by-course": Question(
        "How many cameras are off in each course",
        "SELECT course, count(*) AS lectures, round(avg(tiles), 1) AS tiles, round(avg(cameras_off), 1) AS cameras_off, "
        "round(sum(cameras_off) / nullif(sum(tiles), 0), 3) AS share_off FROM recordings GROUP BY course ORDER BY course",
    ),
    "happiest-minutes": Question(
        "The twenty minutes that appeared happiest",
        "SELECT session, minute, happy, valence, faces FROM minutes WHERE happy IS NOT NULL AND faces >= 1 "
        "ORDER BY happy DESC, session, minute LIMIT 20",
    ),
    "hardest-to-read": Question(
        "Lectures in which most faces were uncertain",
        "SELECT session, course, uncertain, faces, emotion_model FROM recordings WHERE uncertain IS NOT NULL "
        "ORDER BY uncertain DESC, session LIMIT 20",
    ),
    "events": Question(
        "What was noticed, how often, by course",
        "SELECT course, kind, count(*) AS times, count(DISTINCT session) AS lectures FROM events "
        "GROUP BY course, kind ORDER BY course, times DESC, kind",
    ),
}


def sql_of(text: str) -> str:
    """The SQL of a ready-made question, or the text itself. Raises UsageError for a word that is no question."""
    question = QUESTIONS.get(text.strip())
    if question is not None:
        return question.sql
    if len(text.split()) < 2:
        raise UsageError(f"There is no question {text!r}; `meeting-analyzer query --list` shows them, or write SQL.")
    return text
