"""Checks of a record's fields: each reader takes a value and its place, such as "tiles[2].box", and returns it as the product's
type, or raises AnalyzerError, which names the place."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from .errors import AnalyzerError

T = TypeVar("T")
Read = Callable[[Any, str], T]


def wrong(where: str, value: object, needed: str) -> AnalyzerError:
    """The error that says what a place holds and what it must hold."""
    shown = json.dumps(value, ensure_ascii=False, default=repr)
    return AnalyzerError(
        f"{where} is {shown if len(shown) <= 60 else shown[:57] + '...'}, but it must be {needed}; "
        "the record is damaged or was not written by meeting-analyzer."
    )


def take(record: Mapping[str, Any], key: str, where: str, read: Read[T]) -> T:
    """A field of an object that stands at `where`, "" for the record itself; raises AnalyzerError where it is missing."""
    place = f"{where}.{key}" if where else key
    if key not in record:
        raise AnalyzerError(f"The record has no {place}; the record is damaged or was not written by meeting-analyzer.")
    return read(record[key], place)


def number(low: float = -math.inf, high: float = math.inf) -> Read[float]:
    """Reads a finite number from `low` to `high`."""
    needed = "a number" if low == -math.inf else f"a number from {low:g} to {high:g}"

    def read(value: Any, where: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise wrong(f"The record's {where}", value, needed)
        if not low <= value <= high:
            raise wrong(f"The record's {where}", value, needed)
        return float(value)

    return read


def integer(low: int | None = None) -> Read[int]:
    """Reads a whole number, of at least `low`."""
    needed = "a whole number" if low is None else f"a whole number of at least {low}"

    def read(value: Any, where: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or (low is not None and value < low):
            raise wrong(f"The record's {where}", value, needed)
        return value

    return read


def boolean(value: Any, where: str) -> bool:
    """Reads true or false."""
    if not isinstance(value, bool):
        raise wrong(f"The record's {where}", value, "true or false")
    return value


def text(value: Any, where: str) -> str:
    """Reads text."""
    if not isinstance(value, str):
        raise wrong(f"The record's {where}", value, "text or null")
    return value


def one_of(words: tuple[str, ...]) -> Read[Any]:
    """Reads one of these words."""

    def read(value: Any, where: str) -> Any:
        if value not in words:
            raise wrong(f"The record's {where}", value, f"one of {', '.join(words)}")
        return value

    return read


def nullable(read: Read[T]) -> Read[T | None]:
    """Reads null, or what `read` reads."""
    return lambda value, where: None if value is None else read(value, where)


def each(read: Read[T]) -> Read[tuple[T, ...]]:
    """Reads a list of any length."""

    def read_all(value: Any, where: str) -> tuple[T, ...]:
        if not isinstance(value, list | tuple):
            raise wrong(f"The record's {where}", value, "a list")
        return tuple(read(item, f"{where}[{number}]") for number, item in enumerate(value))

    return read_all


def several(count: int, read: Read[T]) -> Read[tuple[T, ...]]:
    """Reads a list of so many."""

    def read_all(value: Any, where: str) -> tuple[T, ...]:
        if not isinstance(value, list | tuple) or len(value) != count:
            raise wrong(f"The record's {where}", value, f"a list of {count}")
        return each(read)(value, where)

    return read_all


def mapping(value: Any, where: str) -> Mapping[str, Any]:
    """Reads an object."""
    if not isinstance(value, Mapping):
        raise wrong(f"The record's {where}", value, "an object")
    return value
