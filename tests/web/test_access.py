from __future__ import annotations

from pathlib import Path

import pytest

from meeting_analyzer.errors import UsageError
from meeting_analyzer.web import access
from meeting_analyzer.web.access import Password, guard, ice_servers, is_own, may_enter, owner_of


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
    ],
)
def test_which_addresses_are_this_computers_own(address: str, own: bool) -> None:
    assert is_own(address) == own


def test_what_is_no_address_is_said() -> None:
    with pytest.raises(UsageError, match="no address"):
        is_own("school.example")


def test_another_address_demands_a_password_or_oidc() -> None:
    with pytest.raises(UsageError, match=r"MEETING_ANALYZER_PASSWORD.*OIDC"):
        guard("0.0.0.0", None, False)
    assert "password" in guard("0.0.0.0", "correct horse battery", False)
    assert "OIDC" in guard("0.0.0.0", None, True)
    assert "Only this computer" in guard("127.0.0.1", None, False)
    assert "password" in guard("127.0.0.1", "correct horse battery", False)


def test_the_password_comes_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert access.password_from_environment() is None
    file = tmp_path / "password"
    file.write_text("correct horse battery\n")
    monkeypatch.setenv(access.PASSWORD_FILE, str(file))
    assert access.password_from_environment() == "correct horse battery"
    monkeypatch.setenv(access.PASSWORD, "short")
    with pytest.raises(UsageError, match="12 characters"):
        access.password_from_environment()
    monkeypatch.delenv(access.PASSWORD)
    file.unlink()
    with pytest.raises(UsageError, match="cannot be read"):
        access.password_from_environment()


def test_a_password_is_checked_and_guessing_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(access.time, "monotonic", lambda: now[0])
    password = Password("pässwörd for all")
    assert "for all" not in repr(password)
    assert password.check("pässwörd for all") is None
    for _ in range(access.MOST_TRIES):
        assert password.check("wrong \ud800") == "This is not the password."
    assert "Too many" in str(password.check("wrong"))
    # a right guess is not told either
    assert "Too many" in str(password.check("pässwörd for all"))
    now[0] += access.PER + 1
    assert password.check("pässwörd for all") is None


@pytest.mark.parametrize(
    ("email", "allow", "expected"),
    [
        ("a@x.example", "", True),
        (None, "", True),
        (None, "@x.example", False),
        ("A@X.example", "a@x.example", True),
        ("b@x.example", "@x.example c@y.example", True),
        ("b@evil-x.example", "@x.example", False),
        ("b@x.example.evil", "@x.example", False),
        ("@x.example@evil", "@x.example", False),
    ],
)
def test_who_may_come_in_by_oidc(email: str | None, allow: str, expected: bool) -> None:
    assert may_enter(email, allow) == expected


def test_a_persons_folder_is_theirs_alone() -> None:
    assert owner_of("https://id", "../x") == owner_of("https://id", "../x")
    assert len({owner_of("a", "b"), owner_of("a\nb", ""), owner_of("b", "a")}) == 3
    assert owner_of("https://id", "../../etc").isalnum()


def test_ice_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ice_servers("") == []
    assert ice_servers(" stun:s.example:3478 ") == [{"urls": "stun:s.example:3478"}]
    with pytest.raises(UsageError, match="TURN_USER"):
        ice_servers("turn:t.example:3478?transport=tcp")
    monkeypatch.setenv(access.TURN_USER, "u")
    monkeypatch.setenv(access.TURN_PASSWORD, "p")
    assert ice_servers("turn:t.example") == [{"urls": "turn:t.example", "username": "u", "credential": "p"}]
    for wrong in ("http://t.example", "turn://t.example", "turn:", "t.example:3478"):
        with pytest.raises(UsageError, match="no STUN or TURN"):
            ice_servers(wrong)
