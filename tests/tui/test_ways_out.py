"""The words for core's data about errors: each way out has words, and they come after the fault."""

from __future__ import annotations

import pytest

from tiebreak.core.errors import SettingError, StoreError, TakenError
from tiebreak.core.ways_out import Note, Way, WayOut
from tiebreak.tui.ways_out import told, told_note


@pytest.mark.parametrize("way", Way)
def test_every_way_out_has_words(way: Way) -> None:
    said = told(StoreError("it is broken", WayOut(way, "news")), lambda command: f"the key of {command}")
    assert said.startswith("it is broken; ")
    assert "{" not in said


def test_an_error_without_a_way_out_is_told_as_it_is() -> None:
    assert told(StoreError("the disk is full; free some space")) == "the disk is full; free some space"


def test_what_a_way_out_is_about_is_named() -> None:
    assert told(StoreError("no", WayOut(Way.CHECK, "a.db"))) == "no; see `tiebreak check a.db`"
    assert told(StoreError("no", WayOut(Way.CHECK))) == "no; see `tiebreak check DB`"


def test_a_setting_is_called_by_its_option() -> None:
    assert told(SettingError("split", "7", "it is below 1")) == "--split 7: it is below 1"


def test_a_key_is_the_one_that_the_person_chose() -> None:
    assert (
        told(TakenError("sam took it", WayOut(Way.SKIP)), {"skip": "f2"}.__getitem__)
        == "sam took it; press f2 to go on"
    )


def test_a_note_counts_by_its_words_and_says_what_would_change_it() -> None:
    note = Note("taken to count code points", WayOut(Way.READ_OFFSETS, "utf-16"))
    assert {note: 1} == {"taken to count code points": 1}
    assert told_note(note) == "taken to count code points; if that is wrong, use --offsets utf-16"
    assert told_note("left out") == "left out"


def test_an_error_in_other_words_keeps_its_class_and_its_way_out() -> None:
    for error in (StoreError("a", WayOut(Way.CHECK)), SettingError("budget", "5", "b", WayOut(Way.EXAMINE, "c.cfg"))):
        other = error.saying("FILE: a")
        assert type(other) is type(error)
        assert (str(other), other.way_out) == ("FILE: a", error.way_out)


def test_a_key_is_named_only_if_there_are_keys() -> None:
    assert told(StoreError("a", WayOut(Way.SKIP))) == "a"
    assert told(StoreError("a", WayOut(Way.SKIP)), lambda name: "s") == "a; press s to go on"
