"""What this is: the model's card, the law, privacy, versions."""

from __future__ import annotations

import platform
from importlib import metadata

import streamlit as st

from ... import models
from ...reports.wording import text
from ..app import site
from . import entrance, mode

SHOWN = ("meeting-analyzer", "streamlit", "streamlit-webrtc", "aiortc", "onnxruntime", "numpy", "av")
LAW = """In the European Union, **Article 5(1)(f) of the AI Act** forbids AI systems that infer emotions of people in education and
at work, except for medical or safety reasons. There, and wherever people have not agreed, use “Presence only”: tiles, faces and
cameras are followed, expressions are not looked at. A server started with `--mode presence` never opens the emotion model."""


def page() -> None:
    """Four sections."""
    entrance.visitor()
    running = site()
    st.title("About")
    st.write(
        "meeting analyzer reads the gallery view of a call: who is there, and how faces **appear**. Labels are apparent "
        "expressions, not feelings: read them as a hint to ask, never as a fact about a person. There is no face recognition."
    )
    st.header("The law")
    st.markdown(LAW)
    st.header("Privacy")
    st.markdown(_privacy())
    st.header("Versions")
    rows = "".join(
        f'<tr><th scope="row">{text(name)}</th><td>{text(value, 200)}</td></tr>'
        for name, value in (running.description | _versions()).items()
    )
    st.html(f'<div class="ma"><table class="ma-table"><tbody>{rows}</tbody></table></div>')
    st.header("Model card")
    st.caption(mode.NOTE["emotion"])
    card = (models.models_dir() / "emotion.md").read_text(encoding="utf-8")
    # the card's headings come below this page's; its plots lie in the repository, not in the installed package
    lines = (line for line in card.splitlines() if not line.startswith("!["))
    st.markdown("\n".join(f"##{line}" if line.startswith("#") else line for line in lines))


def _privacy() -> str:
    web, kept = site().web, site().visitors.kept
    stored = (
        "Sessions made from uploads stay in this server's folder of sessions until they are deleted on the page “Sessions”."
        if kept
        else "What is made from an upload is deleted about a minute after this page is closed."
    )
    relayed = f" Video may be relayed by: {', '.join(web.ice.split())}." if web.ice else ""
    points = (
        "Pictures of your camera or window go to the server that shows this page and to nobody else. They are analysed in memory "
        "and never stored.",
        f"An uploaded file is deleted as soon as it has been analysed, also when that fails. {stored}",
        f"No other visitor's page can reach yours. {site().entrance}",
        f"The page loads nothing from other servers and sends no statistics.{relayed}",
    )
    return "\n".join(f"- {point}" for point in points)


def _versions() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for name in SHOWN:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
