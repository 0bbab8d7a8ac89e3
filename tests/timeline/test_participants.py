from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from meeting_analyzer.timeline.participant import name_likeness
from meeting_analyzer.timeline.participants import ALIKE_NAME, SAME_NAME, Roster
from meeting_analyzer.types import Box, Tile, TileKind

SIZE = (1280, 720)
PLACES = [Box(10 + 210 * i, 10, 200, 120) for i in range(5)]


def look(number: int) -> npt.NDArray[np.float32]:
    """A look that is 0.5 or more away from every other number's."""
    vector = np.zeros(8, np.float32)
    vector[number % 8] = 1.5
    vector[(3 * number + 1) % 8] += 0.7
    return vector


def tile(place: int, who: int | None, name: str | None = None, kind: TileKind = "video") -> Tile:
    return Tile(PLACES[place], kind, name, appearance=None if who is None else look(who))


def test_ids_are_given_in_order_and_kept_while_nothing_moves() -> None:
    roster = Roster()
    tiles = [tile(i, i) for i in range(3)]
    assert roster.assign(tiles, SIZE, 0.0) == ["P01", "P02", "P03"]
    assert roster.assign(tiles, SIZE, 0.1) == ["P01", "P02", "P03"]


@pytest.mark.parametrize("names", [("Asha", "Wei", "Yuki"), (None, None, None), ("Asha", "Asha", None)])
def test_a_reorder_moves_the_ids_with_the_tiles(names: tuple[str | None, ...]) -> None:
    roster = Roster()
    roster.assign([tile(i, i, names[i]) for i in range(3)], SIZE, 0.0)
    order = [2, 0, 1]
    assert roster.assign([tile(p, who, names[who]) for p, who in enumerate(order)], SIZE, 0.1) == ["P03", "P01", "P02"]


def test_someone_who_leaves_and_comes_back_elsewhere_keeps_the_id() -> None:
    roster = Roster()
    roster.assign([tile(0, 0), tile(1, 1), tile(2, 2)], SIZE, 0.0)
    assert roster.assign([tile(0, 0), tile(1, 2)], SIZE, 1.0) == ["P01", "P03"]
    assert roster.assign([tile(0, 0), tile(1, 2), tile(2, 1)], SIZE, 60.0) == ["P01", "P03", "P02"]


def test_a_newcomer_on_anothers_place_is_somebody_new() -> None:
    roster = Roster()
    roster.assign([tile(0, 0), tile(1, 1)], SIZE, 0.0)
    assert roster.assign([tile(0, 0), tile(1, 3)], SIZE, 0.1) == ["P01", "P03"]


def test_a_camera_switched_off_and_on_again_is_the_same_participant() -> None:
    roster = Roster()
    roster.assign([tile(0, 0), tile(1, 1)], SIZE, 0.0)
    assert roster.assign([tile(0, 0), tile(1, 5, kind="off")], SIZE, 1.0) == ["P01", "P02"]
    assert roster.assign([tile(0, 0), tile(1, 1)], SIZE, 2.0) == ["P01", "P02"]


def test_a_camera_off_tile_that_moves_is_found_by_its_look_or_name() -> None:
    roster = Roster()
    roster.assign([tile(0, 0, "Asha"), tile(1, 5, "Wei", "off"), tile(2, 6, None, "off")], SIZE, 0.0)
    moved = [tile(0, 6, None, "off"), tile(1, 5, "Wei", "off"), tile(2, 0, "Asha")]
    assert roster.assign(moved, SIZE, 0.1) == ["P03", "P02", "P01"]


def test_a_misread_letter_does_not_make_a_new_person() -> None:
    roster = Roster()
    roster.assign([tile(0, 0, "Mateo Silva"), tile(1, 1, "Ingrid Berg")], SIZE, 0.0)
    assert roster.assign([tile(1, 0, "Mateo Si1va"), tile(0, 1, "Ingrid Berg")], SIZE, 0.1) == ["P01", "P02"]


def test_a_badly_read_name_leaves_the_decision_to_the_look() -> None:
    roster = Roster()
    roster.assign([tile(0, 0, "田中走"), tile(1, 1, "Wei")], SIZE, 0.0)
    assert roster.assign([tile(1, 0, "田中吉"), tile(0, 1, "Wei")], SIZE, 0.1) == ["P01", "P02"]
    assert roster.assign([tile(1, 3, "田中吉"), tile(0, 1, "Wei")], SIZE, 0.2) == ["P01", "P02"], "and the place"


def test_another_name_is_another_person_however_alike_the_tiles() -> None:
    roster = Roster()
    roster.assign([tile(0, 0, "Asha"), tile(1, 1, "Wei")], SIZE, 0.0)
    assert roster.assign([tile(2, 0, "Fatima"), tile(1, 1, "Wei")], SIZE, 0.1) == ["P03", "P02"]


def test_a_resized_window_is_no_reorder() -> None:
    roster = Roster()
    tiles = [Tile(place, appearance=None) for place in PLACES[:3]]
    assert roster.assign(tiles, SIZE, 0.0) == ["P01", "P02", "P03"]
    smaller = [Tile(Box(b.x // 2, b.y // 2, b.w // 2, b.h // 2)) for b in PLACES[:3]]
    assert roster.assign(smaller, (640, 360), 0.1) == ["P01", "P02", "P03"]


def test_a_sight_that_was_not_looked_at_again_changes_nothing_that_is_remembered() -> None:
    roster = Roster()
    tiles = [tile(i, i) for i in range(3)]
    roster.assign(tiles, SIZE, 0.0)
    looks = [person.looks["video"][0].copy() for person in roster.participants]
    for step in range(1, 20):
        assert roster.assign(tiles, SIZE, step / 10) == ["P01", "P02", "P03"]
    assert all(
        np.array_equal(person.looks["video"][0], look) for person, look in zip(roster.participants, looks, strict=True)
    )
    assert [person.last_seen for person in roster.participants] == [1.9] * 3
    # a name read meanwhile is taken, although nobody moved
    roster.assign([replace(tiles[0], name="Asha"), *tiles[1:]], SIZE, 2.0)
    assert roster.participants[0].name == "Asha"
    # and who else is on the place is looked at
    assert roster.assign([tiles[1], tiles[0], tiles[2]], SIZE, 2.1)[2] == "P03"
    changed = [tile(0, 4), *tiles[1:]]
    assert roster.assign(changed, SIZE, 2.2)[0] not in ("P02", "P03")


def test_two_tiles_never_share_an_id() -> None:
    roster = Roster()
    roster.assign([tile(0, 0)], SIZE, 0.0)
    ids = roster.assign([tile(0, 0), tile(1, 0), tile(2, 0)], SIZE, 0.1)
    assert len(set(ids)) == 3
    assert ids[0] == "P01"


def test_a_name_that_is_cut_off_is_the_whole_one_s():
    assert name_likeness("Samuel Oli", "Samuel Olivia Mensah") > SAME_NAME
    assert name_likeness("Samuel Olivia Mensah", "Samuel Olivia Mensah") == 1.0
    assert name_likeness("Bjöm Ngozi", "Björn Ngozi Novák-Öztürk") > ALIKE_NAME, "with a slip it may be"
    assert name_likeness("Ana", "Anastasia") < SAME_NAME


@pytest.mark.parametrize("slip", ["Lïam Peña", "LiamPena", "liam peña", "Liam. Peña"])
def test_accents_spaces_and_case_make_no_other_name(slip: str) -> None:
    assert name_likeness("Liam Peña", slip) == 1.0


def test_one_wrong_reading_moves_nobody_and_does_not_stick() -> None:
    roster = Roster()
    for step in range(5):
        roster.assign([tile(0, 0, "Dmitri"), tile(1, 1, "Wei")], SIZE, step)
    assert roster.assign([tile(0, 0, "Qrxx"), tile(1, 1, "Wei")], SIZE, 5.0) == ["P01", "P02"]
    assert roster.participants[0].name == "Dmitri"
    # the name that was read once is not theirs: somebody who has it is somebody new
    assert roster.assign([tile(0, 0, "Dmitri"), tile(1, 1, "Wei"), tile(2, 2, "Qrxx")], SIZE, 6.0)[2] == "P03"


def test_who_is_renamed_is_known_by_the_new_name_after_a_while() -> None:
    roster = Roster()
    for step in range(20):
        roster.assign([tile(0, 0, "iPhone"), tile(1, 1, "Wei")], SIZE, step)
    for step in range(20, 60):
        roster.assign([tile(0, 0, "Asha Verma"), tile(1, 1, "Wei")], SIZE, step)
    assert roster.participants[0].name == "Asha Verma"
    assert roster.assign([tile(2, 4, "Asha Verma"), tile(1, 1, "Wei")], SIZE, 60.0) == ["P01", "P02"]


def test_a_tile_without_a_camera_is_rather_who_had_none_than_who_switched_it_off() -> None:
    roster = Roster()
    roster.assign([tile(0, 0), tile(1, 5, kind="off")], SIZE, 0.0)
    roster.assign([tile(0, 5, kind="off"), tile(1, 5, kind="off")], SIZE, 1.0)
    roster.assign([tile(0, 0), tile(1, 5, kind="off")], SIZE, 2.0)
    assert roster.assign([tile(0, 5, kind="off"), tile(1, 0)], SIZE, 3.0) == ["P02", "P01"]


def _tile(place: int, *look: float, name: str | None = None, kind: TileKind = "video") -> Tile:
    return Tile(Box(place * 110, 0, 100, 60), kind, name, appearance=np.array(look, np.float32))


def test_who_looks_like_nobody_is_the_one_that_is_missing_but_not_when_everybody_is_new():
    roster = Roster()
    first = roster.assign([_tile(0, 0, 0), _tile(1, 1, 1), _tile(2, 0, 1)], (330, 60), 0)
    # the third has moved to the front and has switched on a lamp
    assert roster.assign([_tile(0, 0.6, 1), _tile(1, 0, 0), _tile(2, 1, 1)], (330, 60), 1) == [
        first[2],
        first[0],
        first[1],
    ]
    page = roster.assign(
        [_tile(0, 2, 2, name="Eva"), _tile(1, 3, 0, name="Jan"), _tile(2, 0, 3, name="Ida")], (330, 60), 2
    )
    assert not set(page) & set(first)


def test_several_looks_of_one_participant_are_remembered():
    roster = Roster()
    first = roster.assign([_tile(0, 0, 0), _tile(1, 1, 0)], (220, 60), 0)
    roster.assign([_tile(0, 0, 0.4), _tile(1, 1, 0)], (220, 60), 1)
    roster.assign([_tile(0, 0, 0.4), _tile(1, 1, 0)], (220, 60), 2)
    assert roster.assign([_tile(0, 1, 0), _tile(1, 0, 0)], (220, 60), 3) == first[::-1]


def test_a_stream_that_freezes_keeps_its_participant_elsewhere():
    roster = Roster()
    first = roster.assign([_tile(0, 0, 0), _tile(1, 1, 0)], (220, 60), 0)
    assert roster.assign([_tile(0, 1, 0), _tile(1, 0, 0, kind="still")], (220, 60), 1) == first[::-1]


def test_whom_a_tile_is_by_far_the_likest_is_known_though_the_light_has_changed() -> None:
    """Nobody saw them lately, so that nothing else tells: the speaker's tile had all the room."""
    roster = Roster()
    roster.assign([tile(0, 0), tile(1, 1), tile(2, 2)], SIZE, 0.0)
    roster.assign([tile(0, 0), tile(1, 2)], SIZE, 1.0)
    back = Tile(PLACES[2], "video", appearance=look(1) + np.float32(0.4))
    assert roster.assign([tile(0, 0), tile(1, 2), back], SIZE, 60.0) == ["P01", "P03", "P02"]


def test_a_tile_that_is_as_like_to_two_participants_is_somebody_new() -> None:
    roster = Roster()
    roster.assign([tile(0, 0), tile(1, 1), tile(2, 2)], SIZE, 0.0)
    roster.assign([tile(0, 0)], SIZE, 1.0)
    between = Tile(PLACES[3], "video", appearance=(look(1) + look(2)) / 2)
    assert roster.assign([tile(0, 0), between], SIZE, 60.0) == ["P01", "P04"]


def test_initials_that_were_taken_for_a_picture_are_still_the_same_participants() -> None:
    roster = Roster()
    roster.assign([tile(0, 0), tile(1, 1, kind="off"), tile(2, 2, kind="still")], SIZE, 0.0)
    moved = [tile(0, 2, kind="off"), tile(1, 0), tile(2, 1, kind="still")]
    assert roster.assign(moved, SIZE, 1.0) == ["P03", "P01", "P02"]


def test_after_a_reorder_the_place_says_nothing() -> None:
    roster = Roster()
    alike = Tile(PLACES[4], appearance=look(3) + 0.1)
    assert roster.assign([*(tile(i, i) for i in range(4)), alike], SIZE, 0.0) == ["P01", "P02", "P03", "P04", "P05"]
    fourth = Tile(PLACES[4], appearance=look(3) + 0.02)
    reordered = [tile(0, 2), tile(1, 1), tile(2, 0), tile(3, 7), fourth]
    assert roster.assign(reordered, SIZE, 0.1) == ["P03", "P02", "P01", "P06", "P04"]


def test_after_a_reorder_a_tile_without_a_camera_is_not_who_was_on_its_place() -> None:
    for order, expected in (([0, 1, 2], "P04"), ([2, 1, 0], "P05")):
        roster = Roster()
        roster.assign([tile(i, i) for i in range(4)], SIZE, 0.0)
        tiles = [*(tile(place, who) for place, who in enumerate(order)), tile(3, 6, kind="off")]
        assert roster.assign(tiles, SIZE, 0.1)[3] == expected, order


def test_those_who_cannot_be_told_apart_keep_their_order_when_the_speaker_comes_to_the_front() -> None:
    roster = Roster()
    same = [tile(i, 6, kind="off") for i in range(5)]
    roster.assign([tile(0, 0), *same[1:4], tile(4, 1)], SIZE, 0.0)
    front = [tile(0, 1), tile(1, 0), *same[2:]]
    assert roster.assign(front, SIZE, 0.1) == ["P05", "P01", "P02", "P03", "P04"]


def test_a_tile_at_the_end_is_not_who_left_in_the_middle_though_nobody_else_is_missing() -> None:
    """The others move up, and somebody comes in whose camera went off while nobody saw them."""
    for left, expected in ((1, "P06"), (4, "P05")):
        roster = Roster()
        roster.assign([tile(i, i) for i in range(5)], SIZE, 0.0)
        stayed = [who for who in range(5) if who != left]
        tiles = [*(tile(place, who) for place, who in enumerate(stayed)), tile(4, 6, kind="off")]
        assert roster.assign(tiles, SIZE, 0.1)[4] == expected, left


def test_a_profile_picture_that_gives_way_to_initials_in_its_place_is_the_same_participants() -> None:
    roster = Roster()
    first = roster.assign([tile(0, 0), tile(1, 1, kind="still"), tile(2, 2)], SIZE, 0.0)
    assert roster.assign([tile(0, 0), tile(1, 6, kind="off"), tile(2, 2)], SIZE, 0.1) == first


def test_after_a_reorder_who_looks_like_nobody_may_come_from_another_page() -> None:
    roster = Roster()
    roster.assign([tile(i, i) for i in range(5)], SIZE, 0.0)
    other = Tile(PLACES[4], appearance=look(4) + np.float32(0.6))
    reordered = [*(tile(place, who) for place, who in enumerate([3, 2, 1, 0])), other]
    assert roster.assign(reordered, SIZE, 0.1) == ["P04", "P03", "P02", "P01", "P06"]


def test_a_reading_that_is_longer_by_mistake_does_not_take_the_place_of_the_name() -> None:
    roster = Roster()
    for step in range(12):
        roster.assign([tile(0, 0, "Neha Mishra"), tile(1, 1, "Wei")], SIZE, step)
    roster.assign([tile(0, 0, "Neha Mishra xiwqtu"), tile(1, 1, "Wei")], SIZE, 12)
    assert roster.participants[0].name == "Neha Mishra"
    assert roster.participants[0].likeness("Ee Mishra") >= ALIKE_NAME
    # but the whole of what was cut off does, once it is no rare reading
    for step in range(13, 20):
        roster.assign([tile(0, 0, "Neha Mishra-Verma"), tile(1, 1, "Wei")], SIZE, step)
    assert roster.participants[0].name == "Neha Mishra-Verma"


def test_a_piece_of_a_name_leaves_the_decision_to_the_look() -> None:
    assert ALIKE_NAME <= name_likeness("en", "Liam Nguyen") < SAME_NAME
    roster = Roster()
    roster.assign([tile(0, 0, "Liam Nguyen"), tile(1, 1, "Wei")], SIZE, 0.0)
    assert roster.assign([tile(0, 1, "Wei"), tile(1, 0, "en")], SIZE, 0.1) == ["P02", "P01"]


def test_a_name_that_is_only_alike_makes_nobody_of_who_looks_like_nobody() -> None:
    roster = Roster()
    names = ["Asha", "Zoë Smith", "Wei", "Ingrid"]
    roster.assign([tile(i, i, name) for i, name in enumerate(names)], SIZE, 0.0)
    tiles = [tile(0, 3, names[3]), tile(1, 2, names[2]), tile(2, 0, names[0]), tile(3, 6, "Zoë Silva")]
    assert roster.assign(tiles, SIZE, 0.1) == ["P04", "P03", "P01", "P05"]


def test_the_only_one_whose_look_can_be_compared_is_known_though_it_is_a_little_different() -> None:
    roster = Roster()
    roster.assign([tile(0, None, "Asha"), tile(1, 1)], SIZE, 0.0)
    roster.assign([tile(0, None, "Asha")], SIZE, 1.0)
    smaller = Tile(PLACES[2], appearance=look(1) + np.float32(0.4))
    assert roster.assign([tile(0, None, "Asha"), smaller], SIZE, 60.0) == ["P01", "P02"]


def test_the_beginning_of_one_name_and_a_piece_of_another_one_is_theirs_whom_the_tile_looks_like() -> None:
    roster = Roster()
    roster.assign([tile(0, 0, "Hyun Smith"), tile(1, 1, "Smith, Jean-Luc"), tile(2, 2, "Wei")], SIZE, 0.0)
    assert roster.assign([tile(0, 2, "Wei"), tile(1, 0, "Smith")], SIZE, 0.1) == ["P03", "P01"]


def test_a_camera_that_goes_off_where_nobody_moves_is_the_same_participants_though_the_name_is_misread() -> None:
    roster = Roster()
    names = ["Asha", "Wei", "Ingrid"]
    roster.assign([tile(i, i, name) for i, name in enumerate(names)], SIZE, 0.0)
    tiles = [tile(0, 0, "Asha"), tile(1, 6, "Qrxx", "off"), tile(2, 2, "Ingrid")]
    assert roster.assign(tiles, SIZE, 0.1) == ["P01", "P02", "P03"]
    # when a page is turned everybody is somebody else
    page = [tile(i, who, name, "off") for i, (who, name) in enumerate(((3, "Jan"), (4, "Ida"), (7, "Eva")))]
    assert not {"P01", "P02", "P03"} & set(roster.assign(page, SIZE, 0.2))
