"""Names of participants, for label strips."""

from __future__ import annotations

import random

_FIRST: list[str] = str.split(
    "Anna Maria José Łukasz Zoë Ingrid Kwame Fatima Mateo Ngozi Tomás Wei Yuki Asha Jean-Luc Siobhán Björn Ana Olga Dmitri "
    "Priya Ahmed Leila Chloé Hans Jürgen Pedro Sofía Emma Liam Noah Olivia Aylin Mehmet Thu Minh Hyun Grace Samuel Abebe Ifeoma"
)
_LAST: list[str] = str.split(
    "Smith García Novák Müller Nguyen O'Brien Kowalski Sørensen Mensah Diallo Peña Okafor Tanaka Verma Johnson Lee Kim Rossi "
    "Dubois Ivanov Haddad Öztürk Andersson Silva Costa Patel Brown Fischer Weber Horvat Popescu van-Dijk MacDonald Ferrari"
)
_OTHER = ("王伟", "田中 ゆき", "김민준", "आशा वर्मा", "Анна Петрова")
SUFFIXES = ("(Host)", "(Host, me)", "(me)", "(You)", "(Guest)", "(Co-host)", "(Unverified)", "(External)")


def random_name(rng: random.Random) -> str:
    """A name, mostly in Latin letters."""
    draw = rng.random()
    if draw < 0.06:
        return rng.choice(_OTHER)
    if draw < 0.14:
        return rng.choice(_FIRST)
    if draw < 0.2:
        return f"{rng.choice(_FIRST)} {rng.choice(_LAST)[0]}."
    if draw < 0.26:
        return f"{rng.choice(_LAST)}, {rng.choice(_FIRST)}"
    if draw < 0.3:
        return f"{rng.choice(_FIRST)} {rng.choice(_FIRST)} {rng.choice(_LAST)}-{rng.choice(_LAST)}"
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"


def initials(name: str) -> str:
    """One or two letters for an avatar."""
    words = [word for word in name.replace(",", " ").split() if word[0].isalpha()]
    return "".join(word[0] for word in words[:2]).upper()
