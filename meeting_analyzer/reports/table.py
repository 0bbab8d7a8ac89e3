"""The participants, one row each; on a narrow screen each row becomes a card."""

from __future__ import annotations

from . import charts
from .series import Sums
from .summary import (
    CAMERA,
    CLOSED,
    EYES,
    FACE,
    LABELLED,
    LABELS,
    PERSON_AWAY,
    POSE,
    PRESENT,
    SPEAKING,
    ParticipantSeries,
    Summary,
    share,
)
from .wording import percent, plural, seconds_in_words, text

MOST_ROWS = 200
"""Rows in the table: those who were there longest."""


def participants(summary: Summary, emotion: bool) -> str:
    """The table, or a sentence where nobody was seen."""
    sums = {p.id: p.series.bins(summary.clock).sum(axis=0) for p in summary.participants}
    longest = sorted(summary.participants, key=lambda p: -sums[p.id][PRESENT])[:MOST_ROWS]
    listed = [p for p in summary.participants if p in longest]
    if not listed:
        return "<p>No participant was seen.</p>"
    speaking = any(row[SPEAKING] > 0 for row in sums.values())
    heads = [("Participant", ""), ("Present", "num"), ("Camera on", "num")]
    heads += [("Speaking", "num")] if speaking else []
    heads += [("Looks away", "num")] if summary.attention else []
    heads += [("Over time", "over")] + ([("Appears most often", ""), ("Uncertain", "num")] if emotion else [])
    head = "".join(f'<th scope="col" role="columnheader" class="{kind}">{word}</th>' for word, kind in heads)
    rows = "".join(_row(summary, p, sums[p.id], emotion, speaking) for p in listed)
    others = len(summary.participants) - len(listed) + summary.uncounted
    more = f'<p class="hint">And {plural(others, "other")}, who were there more briefly.</p>' if others else ""
    hint = "Each strip runs from the beginning to the end; it is empty while someone was not in the gallery."
    hint += " Expressions above, how they sat there below." if emotion else ""
    return (
        f'<p class="hint">{hint}</p><table class="table" role="table"><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table>{more}{_legend(emotion, summary.attention)}'
    )


def _row(summary: Summary, participant: ParticipantSeries, sums: Sums, emotion: bool, speaking: bool) -> str:
    present, camera = float(sums[PRESENT]), share(float(sums[CAMERA]), float(sums[PRESENT]))
    who = text(participant.id, 20)
    name = text(participant.name) if participant.name else ""
    shown = f'<bdi>{name}</bdi> <span class="id">{who}</span>' if name else who
    cells = [_cell("Present", seconds_in_words(present)), _cell("Camera on", percent(camera))]
    if speaking:
        cells.append(_cell("Speaking", percent(share(float(sums[SPEAKING]), present))))
    away = share(float(sums[PERSON_AWAY]), float(sums[POSE]))
    if summary.attention:
        cells.append(_cell("Looks away", percent(away)))
    labelled = sums[LABELLED:]
    whole = float(labelled.sum())
    best = int(labelled[:-1].argmax())
    named = LABELS[best] if labelled[best] > 0 else None
    mostly = f"{named} {percent(float(labelled[best]) / whole)}" if named else "no expression named"
    label = f"{name or who} over time: present {seconds_in_words(present)}, camera on {percent(camera)}"
    label += f", face seen {percent(share(float(sums[FACE]), present))}"
    if summary.attention:
        label += f", looking away {percent(away)} of that"
    if sums[EYES] > 0:
        label += f", eyes closed {percent(share(float(sums[CLOSED]), float(sums[EYES])))} where they could be seen"
    label += f", most often {mostly}" if emotion else ""
    strip = charts.participant_strip(summary, participant, emotion, label)
    cells.append(f'<td role="cell" class="over" data-label="Over time">{strip}</td>')
    if emotion:
        word = f'{named} <span class="share">{percent(float(labelled[best]) / whole)}</span>' if named else "–"
        cells.append(f'<td role="cell" class="mostly" data-label="Appears most often"><span>{word}</span></td>')
        cells.append(_cell("Uncertain", percent(share(float(labelled[-1]), whole))))
    return f'<tr role="row"><th scope="row" role="rowheader">{shown}</th>{"".join(cells)}</tr>'


def _cell(word: str, value: str) -> str:
    return f'<td role="cell" class="num" data-label="{word}">{value}</td>'


def _legend(emotion: bool, attention: bool) -> str:
    """What the fills of the strips mean; the expressions' are in the legend of the class above too."""
    lanes = [("Expressions", [(name, name) for name in reversed(charts.STACK)])] if emotion else []
    known = [name for name in reversed(charts.ATTENTION) if attention or name not in ("away", "closed")]
    lanes.append(("Presence", [(name, charts.ATTENTION_WORDS[name]) for name in known]))
    empty = (
        '<svg class="swatch" viewBox="0 0 16 16" aria-hidden="true"><rect class="absent" width="16" height="16"/></svg>'
    )
    absent = f"<li>{empty}not there</li>"
    return "".join(
        f'<ul class="legend" aria-label="{word}">'
        + "".join(f"<li>{charts.swatch(fill)}{meaning}</li>" for fill, meaning in fills)
        + (absent if word == "Presence" else "")
        + "</ul>"
        for word, fills in lanes
    )
