"""Who is who over simulated calls: `python -m benchmarks.identity --calls 4 --seconds 120`.

Calls with a reorder every 20 s and the other faults between (pages, the speaker to the front, chat, resize, layout,
leaving and coming back, compression, cameras off and on), with names of their own, with two who share one, and with none.
A switch is a participant whose id at one sight differs from that at the sight before. Untold: switches that no person who
watches could have told either, which are not among the others: between two who show the same avatar and the same name or
none, and of somebody without a name who comes back elsewhere with a picture or an avatar that nobody has seen and is taken for
somebody new. Shared: ids that two people had, which a switch need not show when one of them is seen for the first time.
Tiles and names are the analyzer's own, unless --true gives it the true ones.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from meeting_analyzer.config import Settings
from meeting_analyzer.perception.appearance import appearance, distance
from meeting_analyzer.perception.emblem import find_emblem
from meeting_analyzer.perception.pace import EVERYTHING, LIVE, Pace
from meeting_analyzer.perception.perceive import Perception
from meeting_analyzer.timeline.participants import Roster
from meeting_analyzer.types import Box, Frame, Tile
from tests.simulator import CLIENTS, FAULTS, LOOKS, CallFrame, Plan, TruthTile, call, random_spec, shuffled

OVERLAP = 0.5


@dataclass
class Score:
    """Counts over one call: participant-seconds seen, switches of id and those that no person could have told, people, ids,
    and ids that two people had."""

    seconds: float = 0.0
    switches: int = 0
    untold: int = 0
    people: int = 0
    ids: int = 0
    shared: int = 0

    def per_hour(self) -> float:
        """Switches in one participant's hour."""
        return 3600 * self.switches / max(1.0, self.seconds)


def plan(number: int, seconds: float, names: str, faults: bool) -> Plan:
    """A call of 8 to 14 people in the look of each client in turn."""
    rng = random.Random(number)
    client = CLIENTS[number % len(CLIENTS)]
    look = LOOKS[client, "dark"]
    spec = replace(random_spec(rng, False), client=client, theme="dark", size=(1280, 720), scale=1.0, desktop=False)
    people = rng.randint(8, 14)
    spec = replace(
        spec,
        count=rng.choice([people, people, 9]),
        gap=look.gaps[0] + 2,
        radius=look.radii[0],
        still_share=0.1,
        off_share=0.2,
        quality=None,
        panel="none",
        bars=True,
    )
    others = FAULTS[1:] if faults else ()
    return Plan(spec, people, names, shuffled(seconds, 20, others, number))  # type: ignore[arg-type]


def seen_truly(frame: CallFrame) -> list[Tile]:
    """The true tiles with the names that the labels show."""
    return [
        Tile(
            t.box,
            t.kind,
            t.name if t.letters else None,
            appearance=appearance(frame.image, t.box, find_emblem(frame.image, t.box)),
        )
        for t in frame.tiles
    ]


def matched(tiles: Sequence[Tile], truth: Sequence[TruthTile]) -> Iterator[tuple[int, TruthTile]]:
    """Pairs of a tile's number and the true tile that it is."""
    for i, tile in enumerate(tiles):
        best = max(truth, key=lambda one: tile.box.iou(Box(*one.box)), default=None)
        if best is not None and tile.box.iou(best.box) >= OVERLAP:
            yield i, best


class Watch:
    """What somebody who watches the true tiles of a call could know of who is who."""

    def __init__(self) -> None:
        self._id: dict[str, str] = {}
        self._had: dict[str, set[str]] = {}
        self._box: dict[str, tuple[int, Box]] = {}
        self._signs: dict[str, set[tuple[str, str | None]]] = {}

    def see(self, given: Sequence[tuple[TruthTile, str]], index: int) -> list[Literal["known", "switch", "untold"]]:
        """The people's tiles in a frame and the ids that they got: as before, another one, or another one that nobody could have told."""
        told: list[Literal["known", "switch", "untold"]] = []
        before = {tile.person: self._id.get(tile.person, id) for tile, id in given}
        unseen = {
            tile.person
            for tile, id in given
            if not tile.name
            and (tile.shows, None) not in self._signs.get(tile.person, ())
            and self._box.get(tile.person) != (index - 1, tile.box)
            and id not in self._had
        }
        for tile, id in given:
            self._signs.setdefault(tile.person, set()).add((tile.shows, tile.name))
            self._id[tile.person], self._box[tile.person] = id, (index, tile.box)
            self._had.setdefault(id, set()).add(tile.person)
        for tile, id in given:
            who, signs = tile.person, self._signs[tile.person]
            alike = {other for other, theirs in self._signs.items() if other != who and theirs & signs}
            mixed = alike & (self._had[id] | self._had[before[who]])
            told.append("known" if id == before[who] else "untold" if mixed or who in unseen else "switch")
        return told

    @property
    def people(self) -> int:
        """How many were seen."""
        return len(self._id)

    @property
    def owners(self) -> list[set[str]]:
        """Of each id that was given, who had it."""
        return list(self._had.values())


def follow(
    chosen: Plan,
    seconds: float,
    fps: float,
    seed: int,
    true_tiles: bool,
    names: Literal["auto", "off"],
    pace: Pace = EVERYTHING,
) -> Score:
    """Run one call."""
    roster, score, watch = Roster(distance), Score(), Watch()
    perception = None if true_tiles else Perception(replace(Settings(names=names), mode="presence"), print, pace)
    try:
        for number, frame in enumerate(call(chosen, seconds, fps, seed)):
            if perception is None:
                tiles: Sequence[Tile] = seen_truly(frame)
            else:
                tiles = perception.see(Frame(frame.image, frame.time, frame.index)).tiles
            given = roster.assign(tiles, (frame.image.shape[1], frame.image.shape[0]), frame.time)
            told = watch.see([(truth, given[i]) for i, truth in matched(tiles, frame.tiles)], number)
            score.seconds += len(told) / fps
            score.switches += told.count("switch")
            score.untold += told.count("untold")
    finally:
        if perception is not None:
            perception.close()
    score.people, score.ids = watch.people, len(watch.owners)
    score.shared = sum(len(people) > 1 for people in watch.owners)
    return score


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--fps", type=float, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--true", action="store_true", help="give the true tiles and names")
    parser.add_argument(
        "--live", action="store_true", help="at the pace of a live call, not all that is due in each picture"
    )
    parser.add_argument("--plain", action="store_true", help="reorder only, no other faults")
    args = parser.parse_args()
    pace = replace(LIVE, aside=False) if args.live else EVERYTHING
    print(
        f"{'names':8}{'participant-hours':>18}{'switches':>10}{'an hour':>9}{'untold':>8}{'people':>8}{'ids':>6}{'shared':>8}"
    )
    for names in ("own", "twins", "none"):
        total = Score()
        for number in range(args.seed, args.seed + args.calls):
            chosen = plan(number, args.seconds, names, not args.plain)
            one = follow(chosen, args.seconds, args.fps, number, args.true, "auto" if names != "none" else "off", pace)
            for field in ("seconds", "switches", "untold", "people", "ids", "shared"):
                setattr(total, field, getattr(total, field) + getattr(one, field))
        print(
            f"{names:8}{total.seconds / 3600:18.2f}{total.switches:10}{total.per_hour():9.1f}{total.untold:8}{total.people:8}"
            f"{total.ids:6}{total.shared:8}",
            flush=True,
        )


if __name__ == "__main__":
    main()
