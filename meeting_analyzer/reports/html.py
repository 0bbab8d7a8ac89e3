"""The page: one self-contained HTML file, without scripts, without anything loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib import resources
from pathlib import PurePath

from ..sources.base import SourceInfo
from ..types import ADJECTIVES, EMOTIONS, UNCERTAIN
from . import charts
from .sentences import label_shares, lead, totals
from .summary import FACES, TIME, Summary, share
from .table import participants
from .wording import clean, percent, seconds_in_words, text

PRESENCE_NOTE = "Presence mode: no expression was classified, the emotion model was not opened."

LABELS_MEAN = """
<p>The labels describe how a face <em>looks</em> to a model at that moment, not what a person feels. Someone who
“appears happy” may be polite, someone who appears sad may be reading. Light, glasses, a moving hand, culture and
habit all change what the model sees, and it is wrong often enough that no label should be taken for a fact about a
person.</p>
<p>A face is <em>uncertain</em> when no expression is probable enough to be named. <em>Valence</em> sums the
expressions up on a line from unpleasant (−1) to pleasant (+1). The shares are shares of the time that faces were
seen: where eight faces are seen and two appear happy, 25 % appear happy. Time in which no face was seen does not count.</p>
"""

LAW = """
<p>In the European Union the AI Act, Regulation (EU) 2024/1689, Article 5(1)(f), forbids the use of AI systems to infer
emotions of people at work and in education, except for medical or safety reasons. Other places have rules of their
own, and everybody in the call should know and agree beforehand.</p>
<p>{way_out}</p>
"""

WAY_OUT = """Where expressions must not be inferred, presence mode (<code>--mode presence</code>) still shows who is there
and whose camera is on, without ever opening the emotion model."""
DID_WITHOUT = "This report was made in presence mode: who is there and whose camera is on, no expressions."


def page(summary: Summary, info: SourceInfo, description: Mapping[str, str], made: datetime) -> str:
    """The whole report as the text of an HTML file. `made` is when the run began, with its time zone."""
    emotion = (summary.mode or description.get("mode")) != "presence"
    title = text(info.title, 200) or "Untitled call"
    style = resources.files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    body = "\n".join(
        [
            charts.definitions(),
            "<header>",
            '<p class="eyebrow">Meeting report</p>',
            f"<h1><bdi>{title}</bdi></h1>",
            _facts(summary, info, made),
            "" if emotion else f'<p class="badge" role="note"><strong>{PRESENCE_NOTE}</strong></p>',
            "</header>",
            "<main>",
            f'<div class="lead">{"".join(f"<p>{sentence}</p>" for sentence in lead(summary, emotion))}</div>',
            *(_sections(summary, emotion) if summary.frames else ()),
            _about(description, emotion),
            "</main>",
            "<footer><p>Made on this computer by meeting analyzer. Nothing was sent anywhere: no picture, no sound, no "
            "result left this computer, and this page loads nothing from the network. It holds numbers and names, no "
            "pictures.</p></footer>",
        ]
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="generator" content="meeting analyzer">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title} – meeting report</title>\n<style>\n{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _facts(summary: Summary, info: SourceInfo, made: datetime) -> str:
    facts = [
        ("Date", f'<time datetime="{made.isoformat(timespec="minutes")}">{made.day} {made:%B %Y, %H:%M}</time>'),
        ("Duration", seconds_in_words(summary.duration)),
        ("Frames analysed", f"{summary.frames:,}"),
        ("Participants", f"{len(summary.participants) + summary.uncounted}"),
    ]
    file = PurePath(clean(info.path, 4000)).name if info.path else ""
    source = [file] if file and file != clean(info.title, 200) else []
    source += [f"{info.size[0]} × {info.size[1]}"] if info.size else []
    source += [f"{info.fps:.4g} frames a second"] if info.fps else []
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    if source:
        rows += f'<div class="wide"><dt>Source</dt><dd>{text(", ".join(source), 300)}</dd></div>'
    return f'<dl class="facts">{rows}</dl>'


def _sections(summary: Summary, emotion: bool) -> Iterator[str]:
    shares = label_shares(summary)
    if emotion and shares:
        yield (
            '<section aria-labelledby="mood"><h2 id="mood">The class over time</h2>'
            '<p class="hint">How the faces that were seen appeared, as shares of them.</p>'
            f"{charts.mood_chart(summary)}{_legend(shares)}"
            '<h3>Valence</h3><p class="hint">The mean over the faces, from −1 (unpleasant) to +1 (pleasant).</p>'
            f"{charts.valence_chart(summary)}</section>"
        )
    away = (
        '<li><svg class="key" viewBox="0 0 30 12" aria-hidden="true"><path class="line l-away" d="M0 6H30"/></svg>looking away</li>'
        if summary.attention
        else ""
    )
    yield (
        '<section aria-labelledby="faces"><h2 id="faces">Faces and cameras</h2>'
        f'<p class="hint">How many faces could be seen, on average {_mean_faces(summary)}, and how many cameras were off.</p>'
        f"{charts.presence_chart(summary)}"
        '<ul class="legend"><li><svg class="key" viewBox="0 0 30 12" aria-hidden="true"><path class="line l-faces" d="M0 6H30"/>'
        '</svg>faces</li><li><svg class="key" viewBox="0 0 30 12" aria-hidden="true"><path class="line l-off" d="M0 6H30"/></svg>'
        f"cameras off</li>{away}</ul></section>"
    )
    yield participants(summary, emotion)


def _mean_faces(summary: Summary) -> str:
    sums = totals(summary)
    return f"{share(float(sums[FACES]), float(sums[TIME])) or 0:.1f}"


def _legend(shares: Mapping[str, float]) -> str:
    """Every label with its swatch and its share of the whole, in the order of the stack from the top down."""
    items = "".join(
        f"<li>{charts.swatch(name)}{name} <b>{percent(shares[name])}</b></li>" for name in reversed(charts.STACK)
    )
    return f'<ul class="legend" aria-label="Shares over the whole time">{items}</ul>'


def _about(description: Mapping[str, str], emotion: bool) -> str:
    rows = "".join(
        f"<dt>{text(key.replace('_', ' ').capitalize(), 100)}</dt><dd>{text(value, 600)}</dd>"
        for key, value in description.items()
    )
    words = ", ".join(f"appears {ADJECTIVES[name]}" for name in EMOTIONS)
    labels = (
        '<section aria-labelledby="labels"><h2 id="labels">What the labels mean</h2>'
        f"<p>There are seven: {words}; and <em>{UNCERTAIN}</em>.</p>{LABELS_MEAN}</section>"
        if emotion
        else '<section aria-labelledby="labels"><h2 id="labels">What is not in this report</h2><p>No expression was '
        "looked at, so no one “appears happy”, or anything else, in this report. A face that is seen says that someone "
        "sits in front of the camera, not that they listen.</p></section>"
    )
    law = LAW.format(way_out=WAY_OUT if emotion else DID_WITHOUT)
    return (
        f'{labels}<section aria-labelledby="law"><h2 id="law">What the law says</h2>{law}</section>'
        '<section aria-labelledby="method"><h2 id="method">How it was measured</h2>'
        "<p>Every analysed frame was searched for tiles and faces. A frame stands for the time until the next one. "
        f'Participants are told apart by name label, tile and place, never by their face.</p><dl class="method">{rows}</dl></section>'
    )
