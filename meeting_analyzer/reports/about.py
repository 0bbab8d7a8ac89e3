"""The parts that are about the report itself: what the labels mean, what the law says, how it was measured."""

from __future__ import annotations

from ..types import ADJECTIVES, EMOTIONS, UNCERTAIN
from .call import Call
from .wording import text

DID_WITHOUT_NOTE = "Presence mode: no expression was classified, the emotion model was not opened."

LABELS_MEAN = """
<p>The labels describe how a face <em>looks</em> to a model at that moment, not what a person feels. Someone who
“appears happy” may be polite, someone who appears sad may be reading. Light, glasses, a moving hand, culture and
habit all change what the model sees, and it is wrong often enough that no label should be taken for a fact about a
person.</p>
<p>A face is <em>uncertain</em> when no expression is probable enough to be named. <em>Valence</em> sums the
expressions up on a line from unpleasant (−1) to pleasant (+1). The shares are shares of the time that faces were
seen: where eight faces are seen and two appear happy, 25 % appear happy. Time in which no face was seen does not count.</p>
"""

NOT_HERE = """<p>No expression was looked at, so no one “appears happy”, or anything else, in this report. A face that is seen
says that someone sits in front of the camera, not that they listen.</p>"""

TURNED = """<p>A face <em>looks away</em> when the head is turned far to the side, up or down, and its <em>eyes are closed</em> when
both are. Notes are taken with the head down, a second screen stands to the side, and listening needs no look at all: neither says
whether someone paid attention.</p>"""

LAW = """
<p>In the European Union the AI Act, Regulation (EU) 2024/1689, Article 5(1)(f), forbids the use of AI systems to infer
emotions of people at work and in education, except for medical or safety reasons. Other places have rules of their
own, and everybody in the call should know and agree beforehand.</p>
<p>{way_out}</p>
"""

WAY_OUT = """Where expressions must not be inferred, presence mode (<code>--mode presence</code>) still shows who is there
and whose camera is on, without ever opening the emotion model."""
DID_WITHOUT = "This report was made in presence mode: who is there and whose camera is on, no expressions."


def about(call: Call) -> list[tuple[str, str, str]]:
    """Sections as (id, heading, HTML)."""
    rows = "".join(
        f"<dt>{text(key.replace('_', ' ').capitalize(), 100)}</dt><dd>{text(value, 600)}</dd>"
        for key, value in call.description.items()
    )
    words = ", ".join(f"appears {ADJECTIVES[name]}" for name in EMOTIONS)
    turned = TURNED if call.summary.attention else ""
    meaning = (
        ("labels", "What the labels mean", f"<p>There are seven: {words}; and <em>{UNCERTAIN}</em>.</p>{LABELS_MEAN}{turned}")
        if call.emotion
        else ("labels", "What is not in this report", NOT_HERE + turned)
    )  # fmt: skip
    method = (
        "<p>Every analysed frame was searched for tiles and faces. A frame stands for the time until the next one, and "
        "everything is counted by the second. Participants are told apart by name label, tile and place, never by their "
        f'face.</p><dl class="method">{rows}</dl>'
    )
    law = LAW.format(way_out=WAY_OUT if call.emotion else DID_WITHOUT)
    return [meaning, ("law", "What the law says", law), ("method", "How it was measured", method)]
