"""The page: one self-contained HTML file, without scripts, without anything loaded from elsewhere."""

from __future__ import annotations

from importlib import resources
from pathlib import PurePath

from . import charts
from .about import DID_WITHOUT_NOTE, about
from .call import Call
from .sections import sections
from .sentences import lead
from .wording import clean, seconds_in_words, text

PICTURES = "It holds numbers and names, and the small pictures of the recording that were asked for."
NO_PICTURES = "It holds numbers and names, no pictures."


def page(call: Call) -> str:
    """The whole report as the text of an HTML file."""
    title = text(call.source.title, 200) or "Untitled call"
    style = resources.files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    parts = sections(call) if call.summary.frames else []
    parts += about(call)
    links = "".join(f'<li><a href="#{name}">{heading}</a></li>' for name, heading, _ in parts)
    body = "\n".join(
        [
            charts.definitions(call.emotion),
            "<header>",
            '<p class="eyebrow">Meeting report</p>',
            f"<h1><bdi>{title}</bdi></h1>",
            _facts(call),
            "" if call.emotion else f'<p class="badge"><strong>{DID_WITHOUT_NOTE}</strong></p>',
            *(f'<p class="badge">{text(note, 300)}</p>' for note in _notes(call)),
            "</header>",
            "<main>",
            f'<div class="lead">{"".join(f"<p>{s}</p>" for s in lead(call.summary, call.emotion))}</div>',
            f'<nav aria-label="On this page"><ul>{links}</ul></nav>',
            *(
                f'<section id="{name}" aria-labelledby="{name}-h"><h2 id="{name}-h">{heading}</h2>{inner}</section>'
                for name, heading, inner in parts
            ),
            "</main>",
            "<footer><p>Made on this computer by meeting analyzer. Nothing was sent anywhere: no picture, no sound, no result "
            "left this computer, and this page loads nothing from the network. "
            f"{PICTURES if call.thumbnails else NO_PICTURES}</p></footer>",
        ]
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="generator" content="meeting analyzer">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{title} – meeting report</title>\n<style>\n{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _notes(call: Call) -> list[str]:
    unfinished = (
        "This session was not finished when the report was made: it is still going on, or the program was ended."
    )
    return [*call.notes, *(() if call.finished else (unfinished,))]


def _facts(call: Call) -> str:
    summary, info, began = call.summary, call.source, call.started
    facts = [("Duration", seconds_in_words(summary.duration))]
    if began is not None:
        shown = f'<time datetime="{began.isoformat(timespec="minutes")}">{began.day} {began:%B %Y, %H:%M}</time>'
        facts.insert(0, ("Began" if call.live else "File’s date", shown))
    facts += [
        ("Frames analysed", f"{summary.frames:,}"),
        ("Participants", f"{len(summary.participants) + summary.uncounted}"),
    ]
    file = PurePath(clean(info.path, 4000)).name if info.path else ""
    source = [file] if file and file != clean(info.title, 200) else []
    source += [f"{info.size[0]} × {info.size[1]}"] if info.size else []
    source += [f"{info.fps:.4g} frames a second"] if info.fps else []
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    looked = "apparent expressions and presence" if call.emotion else "presence only"
    rows += f'<div class="wide"><dt>Looked at</dt><dd>{looked}</dd></div>'
    if source:
        rows += f'<div class="wide"><dt>Source</dt><dd>{text(", ".join(source), 300)}</dd></div>'
    return f'<dl class="facts">{rows}</dl>'
