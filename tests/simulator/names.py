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
_DEVANAGARI: tuple[list[str], list[str]] = (
    str.split("आशा प्रिया राहुल अनिल सुनीता विजय दीपक कविता संजय मीरा अर्जुन लक्ष्मी नेहा ऋतु मोहन गीता"),
    str.split("वर्मा शर्मा सिंह गुप्ता पटेल कुमार जोशी मिश्रा देशपांडे त्रिपाठी चौधरी यादव"),
)
_CJK: list[str] = str.split(
    "王伟 李娜 张敏 刘洋 陈静 杨帆 赵磊 黄晓明 周杰 吴丽华 徐志强 孙悦 马超 朱婷 胡建国 林志玲 田中太郎 佐藤花子 鈴木一郎 "
    "高橋健太 山本美咲 中村さくら 小林ゆき 伊藤マリア 陳美玲 張偉傑 黃淑芬"
)
_OTHER = ("김민준", "Анна Петрова", "Θοδωρής Παππάς")
SUFFIXES = ("(Host)", "(Host, me)", "(me)", "(You)", "(Guest)", "(Co-host)", "(Unverified)", "(External)")


def random_name(rng: random.Random, scripts: str = "mixed") -> str:
    """A name, mostly in Latin letters; scripts: "mixed", or one of "latin", "devanagari", "cjk"."""
    draw = rng.random()
    if scripts == "devanagari" or (scripts == "mixed" and draw < 0.03):
        return f"{rng.choice(_DEVANAGARI[0])} {rng.choice(_DEVANAGARI[1])}"
    if scripts == "cjk" or (scripts == "mixed" and draw < 0.06):
        return rng.choice(_CJK)
    if scripts == "mixed" and draw < 0.07:
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
