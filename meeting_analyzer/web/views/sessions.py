"""Sessions: browse, look at one, compare two, delete."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from ...errors import AnalyzerError
from ...reports import write_report
from ...reports.call import summary_of
from ...reports.sentences import label_shares, totals
from ...reports.summary import AWAY, FACES, POSED, TIME, VALENCE, VALENCE_TIME, share
from ...reports.wording import percent, seconds_in_words, text
from ...results import REPORT
from ...sessions import open_session
from ...sessions.places import CANNOT_PROMISE, delete
from ...types import ADJECTIVES
from ..visitors import Visitor
from . import entrance
from .results import frame, links


@dataclass(frozen=True, slots=True)
class Row:
    """A session in the list: its name in addresses, its folder, and its facts by name."""

    name: str
    folder: Path
    title: str
    facts: dict[str, str]
    trouble: str | None = None


def page() -> None:
    """The list, then what was chosen."""
    visitor = entrance.visitor()
    st.title("Sessions")
    rows = [_row(name, folder) for name, folder in visitor.sessions()]
    if not rows:
        st.info("There is no session yet. Upload a recording, or start with `meeting-analyzer web --sessions FOLDER`.")
        return
    _list(rows)
    labels = _labels(rows)
    by_name = {row.name: row for row in rows}
    chosen = st.multiselect(
        "Sessions to look at; two are compared", list(by_name), format_func=labels.__getitem__, max_selections=2
    )
    picked = [by_name[name] for name in chosen if name in by_name]
    if len(picked) == 2:
        _compare(picked, labels)
    for row in picked[:1] if len(picked) == 1 else []:
        _look(visitor, row)
    if picked:
        _delete(picked, labels)


def _row(name: str, folder: Path) -> Row:
    try:
        with open_session(folder) as session:
            info, summary = session.info, summary_of(session)
            sums = totals(summary)
            shares = label_shares(summary)
            began = info.started.strftime("%Y-%m-%d %H:%M") if info.started else "–"
            facts = {
                "Date": began,
                "Duration": seconds_in_words(info.duration),
                "Participants": str(len(session.names())),
                "Faces, on average": _number(share(sums[FACES], sums[TIME])),
                "Looking away": percent(share(sums[AWAY], sums[POSED])),
                "Valence": _number(share(sums[VALENCE], sums[VALENCE_TIME]), signed=True),
                "Events": str(len(session.events())),
                "Looked at": "presence only" if info.mode == "presence" else "apparent expressions",
            }
            facts |= {f"Appears {ADJECTIVES[label]}": percent(part) for label, part in shares.items()}
            return Row(name, folder, info.source.title or folder.name, facts)
    except AnalyzerError as error:
        return Row(name, folder, folder.name, {}, str(error).replace(str(folder), folder.name))


def _number(value: float | None, signed: bool = False) -> str:
    return "–" if value is None else f"{value:+.2f}" if signed else f"{value:.1f}"


def _labels(rows: list[Row]) -> dict[str, str]:
    """Title and date of each session, told apart by number where they are the same."""
    labels: dict[str, str] = {}
    for row in rows:
        label = f"{row.title} ({row.facts.get('Date', 'cannot be read')})"
        labels[row.name] = label if label not in labels.values() else f"{label} · {len(labels) + 1}"
    return labels


COLUMNS = ("Date", "Duration", "Participants", "Faces, on average", "Looking away", "Valence", "Looked at")


def _list(rows: list[Row]) -> None:
    head = "".join(f'<th scope="col">{column}</th>' for column in ("Session", *COLUMNS))
    body = ""
    for row in rows:
        cells = (
            f'<td colspan="{len(COLUMNS)}">{text(row.trouble, 300)}</td>'
            if row.trouble
            else "".join(f"<td>{text(row.facts[column])}</td>" for column in COLUMNS)
        )
        body += f'<tr><th scope="row">{text(row.title)}</th>{cells}</tr>'
    st.html(
        '<div class="ma"><div class="ma-scroll" tabindex="0" role="region" aria-label="All sessions"><table class="ma-table">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></div>"
    )


def _compare(picked: list[Row], labels: dict[str, str]) -> None:
    st.subheader("Two sessions compared")
    head = "".join(f'<th scope="col">{text(labels[row.name], 120)}</th>' for row in picked)
    names = list(dict.fromkeys(name for row in picked for name in row.facts))
    body = "".join(
        f'<tr><th scope="row">{name}</th>'
        + "".join(f"<td>{text(row.facts.get(name, '–'))}</td>" for row in picked)
        + "</tr>"
        for name in names
    )
    st.html(
        '<div class="ma"><table class="ma-table"><thead><tr><td></td>'
        + head
        + f"</tr></thead><tbody>{body}</tbody></table></div>"
    )
    st.caption(
        "The numbers compare how faces appeared to one model. Compare lectures of the same people, with the same model and the "
        "same client; a difference of a few percentage points says nothing."
    )


def _look(visitor: Visitor, row: Row) -> None:
    if row.trouble:
        st.error(row.trouble)
        return
    if not (row.folder / REPORT).is_file():
        with open_session(row.folder) as session:
            write_report(session, row.folder / REPORT)
    links(visitor, row.name)
    frame(visitor, row.name, row.title, key=f"look-{row.name}")


def _delete(picked: list[Row], labels: dict[str, str]) -> None:
    st.subheader("Delete")
    st.caption(CANNOT_PROMISE)
    sure = st.checkbox(f"Yes, delete {' and '.join(labels[row.name] for row in picked)} for good")
    if st.button("Delete", disabled=not sure):
        for row in picked:
            delete(row.folder)
        st.rerun()
