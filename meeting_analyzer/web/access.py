"""Who may come in: everybody on this computer itself; from elsewhere whoever knows the password or logs in by OIDC."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from ..config import ENV_PREFIX
from ..errors import UsageError

PASSWORD, PASSWORD_FILE = f"{ENV_PREFIX}_PASSWORD", f"{ENV_PREFIX}_PASSWORD_FILE"
TURN_USER, TURN_PASSWORD = f"{ENV_PREFIX}_TURN_USER", f"{ENV_PREFIX}_TURN_PASSWORD"
SHORTEST = 12
MOST_TRIES, PER = 20, 60.0
"""Wrong passwords, of everybody together, that are looked at in so many seconds."""


def is_own(address: str) -> bool:
    """Whether only this computer itself reaches the address. Raises UsageError for what is no address."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        raise UsageError(
            f"{address!r} is no address to listen on; write 127.0.0.1 for this computer alone, or 0.0.0.0 for everywhere."
        ) from None


def password_from_environment() -> str | None:
    """The password that the environment names; None where there is none. Raises UsageError for one that is too short."""
    word = os.environ.get(PASSWORD)
    file = os.environ.get(PASSWORD_FILE)
    if word is None and file:
        try:
            word = Path(file).read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"The password cannot be read from {file} ({PASSWORD_FILE}): {error}.") from error
    if word is None:
        return None
    if len(word) < SHORTEST:
        raise UsageError(f"The password is too short: {PASSWORD} needs at least {SHORTEST} characters.")
    return word


@dataclass(slots=True)
class Password:
    """Checks a password in constant time, and no more often than a person would."""

    word: str = field(repr=False)
    _wrong: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_TRIES))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, tried: str) -> str | None:
        """None when it is right, otherwise a sentence."""
        with self._lock:
            now = time.monotonic()
            if len(self._wrong) == MOST_TRIES and now - self._wrong[0] < PER:
                return "Too many wrong passwords; wait a minute and try again."
            digests = (hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (tried, self.word))
            if hmac.compare_digest(*digests):
                return None
            self._wrong.append(now)
            return "This is not the password."


def oidc_is_set_up() -> bool:
    """Whether Streamlit's secrets describe a login by OpenID Connect. Raises UsageError when they do so without Authlib."""
    import streamlit
    from streamlit.errors import StreamlitSecretNotFoundError

    try:
        found = "auth" in streamlit.secrets
    except StreamlitSecretNotFoundError:
        return False
    if found:
        try:
            import authlib  # noqa: F401
        except ImportError:
            raise UsageError('OIDC needs Authlib: pip install "meeting-analyzer[web]".') from None
    return found


def guard(address: str, password: str | None, oidc: bool) -> str:
    """One sentence on who can come in; raises UsageError when that would be anybody."""
    if oidc:
        return "Visitors log in by OIDC, as .streamlit/secrets.toml says."
    if password is not None:
        return "Visitors need the password."
    if is_own(address):
        return "Only this computer can reach it."
    raise UsageError(
        f"Listening on {address} would let in whoever reaches this computer: set {PASSWORD} (at least {SHORTEST} "
        "characters), or describe your OIDC provider in .streamlit/secrets.toml (docs/web.md)."
    )


def may_enter(email: str | None, allow: str) -> bool:
    """Whether a person who logged in by OIDC is one of those allowed: "a@school.example @other.example"; empty: everybody."""
    wanted = allow.lower().split()
    if not wanted:
        return True
    if not email:
        return False
    address = email.strip().lower()
    return address in wanted or "@" + address.rpartition("@")[2] in wanted


def owner_of(issuer: str, subject: str) -> str:
    """A folder's name for a person: the same at every login, and nothing that the person can choose."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def ice_servers(urls: str) -> list[dict[str, str]]:
    """STUN and TURN servers as WebRTC takes them, from addresses separated by blanks. Raises UsageError."""
    servers: list[dict[str, str]] = []
    for url in urls.split():
        kind, colon, rest = url.partition(":")
        if kind not in ("stun", "stuns", "turn", "turns") or not colon or not rest or rest.startswith("/"):
            raise UsageError(
                f"{url!r} is no STUN or TURN server; write for example stun:turn.example:3478 or turn:turn.example:3478?transport=tcp."
            )
        server = {"urls": url}
        if kind.startswith("turn"):
            user, password = os.environ.get(TURN_USER), os.environ.get(TURN_PASSWORD)
            if not user or not password:
                raise UsageError(f"The TURN server {url} needs a user: set {TURN_USER} and {TURN_PASSWORD}.")
            server |= {"username": user, "credential": password}
        servers.append(server)
    return servers
