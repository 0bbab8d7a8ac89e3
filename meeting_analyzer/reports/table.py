"""The participants, one row each; on a narrow screen each row becomes a card."""

from __future__ import annotations

from . import charts
from .series import Sums
from .summary import CAMERA, LABELLED, LABELS, PRESENT, SPEAKING, ParticipantSeries, Summary, share
from .wording import percent, plural, seconds_in_words, text

MOST_ROWS = 200
"""Rows in the table: those who were there longest."""


def participants(summary: Summary, emotion: bool) -> str:
    """The section with the table, or a sentence where nobody was seen."""
    sums = {p.id: p.series.bins(summary.clock).sum(axis=0) for p in summary.participants}
    longest = sorted(summary.participants, key=lambda p: -sums[p.id][PRESENT])[:MOST_ROWS]
    listed = [p for p in summary.participants if p in longest]
    if not listed:
        return _section("<p>No participant was seen.</p>")
    speaking = any(row[SPEAKING] > 0 for row in sums.values())
    heads = [("Participant", ""), ("Present", "num"), ("Camera on", "num")]
    heads += [("Speaking", "num")] if speaking else []
    heads += [("Over time", "over")] + ([("Appears most often", ""), ("Uncertain", "num")] if emotion else [])
    head = "".join(f'<th scope="col" role="columnheader" class="{kind}">{word}</th>' for word, kind in heads)
    rows = "".join(_row(summary, p, sums[p.id], emotion, speaking) for p in listed)
    others = len(summary.participants) - len(listed) + summary.uncounted
    more = f'<p class="hint">And {plural(others, "other")}, who were there more briefly.</p>' if others else ""
    hint = "Each strip runs from the beginning to the end; it is empty while someone was not in the gallery."
    return _section(
        f'<p class="hint">{hint}</p><table class="table" role="table"><thead role="rowgroup"><tr role="row">{head}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table>{more}{_legend(emotion)}'
    )


def _section(inner: str) -> str:
    return f'<section aria-labelledby="people"><h2 id="people">Participants</h2>{inner}</section>'


def _row(summary: Summary, participant: ParticipantSeries, sums: Sums, emotion: bool, speaking: bool) -> str:
    present, camera = float(sums[PRESENT]), share(float(sums[CAMERA]), float(sums[PRESENT]))
    who = text(participant.id, 20)
    name = text(participant.name) if participant.name else ""
    shown = f'<bdi>{name}</bdi> <span class="id">{who}</span>' if name else who
    cells = [_cell("Present", seconds_in_words(present)), _cell("Camera on", percent(camera))]
    if speaking:
        cells.append(_cell("Speaking", percent(share(float(sums[SPEAKING]), present))))
    labelled = sums[LABELLED:]
    whole = float(labelled.sum())
    best = int(labelled[:-1].argmax())
    named = LABELS[best] if labelled[best] > 0 else None
    mostly = f"{named} {percent(float(labelled[best]) / whole)}" if named else "no expression named"
    label = f"{name or who} over time: present {seconds_in_words(present)}, camera on {percent(camera)}"
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


def _legend(emotion: bool) -> str:
    """What the fills of the strips mean; in emotion mode the expressions are in the legend of the class above too."""
    fills = [(name, name) for name in reversed(charts.STACK)] if emotion else []
    items = "".join(f"<li>{charts.swatch(fill)}{word}</li>" for fill, word in fills)
    plain = '<svg class="swatch" viewBox="0 0 16 16" aria-hidden="true"><rect class="{}" width="16" height="16"/></svg>'
    items += f"<li>{plain.format('s-video')}camera on{', no face seen' if emotion else ''}</li>"
    items += f"<li>{charts.swatch('off')}camera off or a picture</li>"
    items += f"<li>{plain.format('absent')}not there</li>"
    return f'<ul class="legend">{items}</ul>'
