"""The parts that are about the call, in the order in which a teacher reads them."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

import numpy as np

from ..progress import clock as m_ss
from ..types import UNCERTAIN
from . import charts
from .call import Call
from .highlights import LEAD_IN, Highlight, highlights
from .sentences import label_shares, totals
from .series import regroup
from .summary import (
    AWAY,
    CAMERA,
    CLASS_LABELLED,
    EYES,
    FACE,
    FACES,
    LABELLED,
    LABELS,
    OFF,
    POSE,
    POSED,
    TIME,
    VALENCE,
    VALENCE_TIME,
    share,
)
from .table import participants
from .wording import clean, percent, plural, seconds_in_words, text

MOST_EVENTS = 200
VALUE_ROWS = 24
Section = tuple[str, str, str]


def sections(call: Call) -> list[Section]:
    """Sections as (id, heading, HTML)."""
    return list(_sections(call))


def _sections(call: Call) -> Iterator[Section]:
    summary = call.summary
    shares = label_shares(summary)
    worth = highlights(call)
    pins = [(h.time, str(number)) for number, h in enumerate(worth, 1)]
    if call.emotion and shares:
        yield (
            "mood",
            "The class over time",
            '<p class="hint">How the faces that were seen appeared, as shares of them.'
            f"{' Numbers are the moments below.' if pins else ''}</p>{charts.mood_chart(summary, pins)}{_legend(shares)}"
            '<h3>Valence</h3><p class="hint">The mean over the faces, from −1 (unpleasant) to +1 (pleasant).</p>'
            f"{charts.valence_chart(summary)}",
        )
        if worth:
            yield "rewatch", "Moments worth rewatching", _rewatch(call, worth)
    mean = share(float(totals(summary)[FACES]), float(totals(summary)[TIME])) or 0
    keys = [("faces", "faces"), ("off", "cameras off")] + ([("away", "looking away")] if summary.attention else [])
    legend = "".join(
        f'<li><svg class="key" viewBox="0 0 30 12" aria-hidden="true"><path class="line l-{kind}" d="M0 6H30"/></svg>{word}</li>'
        for kind, word in keys
    )
    yield (
        "faces",
        "Faces and cameras",
        f'<p class="hint">How many faces could be seen, on average {mean:.1f}, and how many cameras were off.'
        f"{'' if (call.emotion and shares) or not pins else ' Numbers are the moments below.'}</p>"
        f"{charts.presence_chart(summary, () if call.emotion and shares else pins)}"
        f'<ul class="legend">{legend}</ul>{_values(call)}',
    )
    if worth and not (call.emotion and shares):
        yield "rewatch", "Moments worth rewatching", _rewatch(call, worth)
    yield "people", "Participants", participants(summary, call.emotion)
    if call.events or call.marks:
        yield "events", "What was noticed", _events(call)
    yield "limits", "How sure this is", _uncertain(call, shares)


def _legend(shares: Mapping[str, float]) -> str:
    """Every label with its swatch and its share of the whole, in the order of the stack from the top down."""
    items = "".join(
        f"<li>{charts.swatch(name)}{name} <b>{percent(shares[name])}</b></li>" for name in reversed(charts.STACK)
    )
    return f'<ul class="legend" aria-label="Shares over the whole time">{items}</ul>'


def _at(call: Call, since: float) -> str:
    """A time as "12:34", a link into the recording where that lies on this computer."""
    shown = m_ss(since)
    if call.link is None:
        return f'<span class="at">{shown}</span>'
    start = max(0.0, since + call.summary.clock.origin - LEAD_IN)
    # fmt: off
    return (f'<a class="at" href="{call.link}#t={start:.0f}" target="recording" title="Open the recording at {m_ss(start)}">'
            f"{shown}</a>")
    # fmt: on


def _rewatch(call: Call, worth: list[Highlight]) -> str:
    rows = []
    for number, moment in enumerate(worth, 1):
        picture = call.thumbnails.get(moment.time + call.summary.clock.origin)
        image = ""
        if picture is not None:
            data = base64.b64encode(picture).decode()
            image = f'<img src="data:image/jpeg;base64,{data}" alt="The call at {m_ss(moment.time)}" loading="lazy">'
        words = " ".join(text(word, 300) for word in moment.words)
        heading = text(moment.heading, 200).rstrip(".")
        rows.append(
            f'<li id="moment-{number}"{" class=marked" if moment.marked else ""}><span class="pin" aria-hidden="true">{number}'
            f"</span>{image}<div><h3>{_at(call, moment.time)} {heading}</h3><p>{words}</p></div></li>"
        )
    how = (
        "A time opens the recording there, in a browser that plays its format."
        if call.link
        else "Times count from the beginning."
    )
    return f'<p class="hint">Where something stood out, was noticed or was marked. {how}</p><ol class="rewatch">{"".join(rows)}</ol>'


def _events(call: Call) -> str:
    rows = [(call.since(e.time), clean(e.kind, 40).replace("_", " "), text(e.text, 300)) for e in call.events]
    rows += [(call.since(m.time), "marked", text(m.text, 300) or "–") for m in call.marks]
    rows.sort(key=lambda row: row[0])
    shown = "".join(
        f'<tr><td class="num">{_at(call, since)}</td><td>{text(kind)}</td><td>{words}</td></tr>'
        for since, kind, words in rows[:MOST_EVENTS]
    )
    more = len(rows) - MOST_EVENTS
    rest = f'<p class="hint">And {plural(more, "more")}, in events.vtt and session.sqlite.</p>' if more > 0 else ""
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Events and marks; scrolls sideways on small screens">'
        '<table class="list"><thead><tr><th scope="col" class="num">Time</th><th scope="col">Kind</th>'
        f'<th scope="col">What</th></tr></thead><tbody>{shown}</tbody></table></div>{rest}'
    )


def _values(call: Call) -> str:
    """The charts' values as a table, for those who do not see the charts."""
    summary = call.summary
    sums = regroup(summary.class_bins, summary.used, VALUE_ROWS).astype(np.float64)
    step = max(1, -(-summary.used // VALUE_ROWS)) * summary.clock.width
    heads = ["From", "Faces", "Cameras off"] + (["Looking away"] if summary.attention else [])
    heads += ["Valence", "Appears most often", "Uncertain"] if call.emotion else []
    rows = []
    for number, row in enumerate(sums):
        if row[TIME] <= 0:
            continue
        cells = [f"{row[column] / row[TIME]:.1f}" for column in (FACES, OFF, *([AWAY] if summary.attention else []))]
        if call.emotion:
            labelled = row[CLASS_LABELLED:]
            whole, best = float(labelled.sum()), int(labelled[:-1].argmax())
            cells.append(f"{row[VALENCE] / row[VALENCE_TIME]:+.2f}".replace("-", "−") if row[VALENCE_TIME] > 0 else "–")
            cells.append(f"{LABELS[best]} {percent(float(labelled[best]) / whole)}" if labelled[best] > 0 else "–")
            cells.append(percent(share(float(labelled[-1]), whole)))
        rows.append(
            f'<tr><th scope="row">{m_ss(number * step)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        )
    head = "".join(f'<th scope="col">{word}</th>' for word in heads)
    return (
        '<details><summary>The values as a table</summary><div class="scroll" tabindex="0" role="region" '
        f'aria-label="Values over time"><table class="list values"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></details>"
    )


def _uncertain(call: Call, shares: Mapping[str, float]) -> str:
    summary = call.summary
    sums = totals(summary)
    people = {p.id: p.series.bins(summary.clock).sum(axis=0) for p in summary.participants}
    said = []
    if call.emotion and shares:
        said.append(
            f"In {percent(shares[UNCERTAIN])} of the time that faces were read, no expression was clear enough to be named."
        )
        parts = [
            (p, share(float(people[p.id][-1]), float(people[p.id][LABELLED:].sum())) or 0.0)
            for p in summary.participants
        ]
        most = [(p, part) for p, part in sorted(parts, key=lambda pair: -pair[1])[:3] if part >= 0.5]
        if most:
            named = ", ".join(f"<bdi>{text(p.name or p.id)}</bdi> ({percent(part)})" for p, part in most)
            said.append(f"Hardest to read: {named}.")
    camera = sum(float(row[CAMERA]) for row in people.values())
    face = sum(float(row[FACE]) for row in people.values())
    if camera > 0:
        unseen = max(0.0, camera - face)
        said.append(
            f"Of {seconds_in_words(camera)} of participants’ time with the camera on, no face could be seen in "
            f"{percent(unseen / camera)}: turned away, out of the picture, covered, or missed by the detector."
        )
    if summary.attention and face > 0:
        pose = sum(float(row[POSE]) for row in people.values())
        eyes = sum(float(row[EYES]) for row in people.values())
        said.append(
            f"Where heads were turned is known for {percent(pose / face)} of the time that faces were seen; whether eyes were "
            f"closed, which takes a larger face, for {percent(eyes / face)}."
        )
    elif not sums[POSED]:
        said.append("Where heads were turned and whether eyes were closed was not measured.")
    nameless = sum(1 for p in summary.participants if not p.name)
    if nameless:
        count = len(summary.participants)
        said.append(
            f"{nameless} of {plural(count, 'participant')} had no name label that could be read; they are called by a number."
        )
    gap = summary.duration - float(sums[TIME])
    if gap >= 1:
        said.append(f"{seconds_in_words(gap)} of the call were not looked at: paused, or nothing could be seen.")
    said += [text(note, 300) for note in call.notes]
    return f'<ul class="plain">{"".join(f"<li>{sentence}</li>" for sentence in said)}</ul>'
