"""The keys of edit mode, their messages if they can do nothing, and the terminal's effects on them."""

from __future__ import annotations

import time

import pytest
from screen_examples import HEADLINE, MakeApp, meanwhile, message_of, press, spans
from textual import events
from textual.pilot import Pilot

from tiebreak.core.records import Span, Spans, Task
from tiebreak.core.review.editing import SpanEditor
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.store.answers import answers_in_force
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.edit.screen import EditScreen
from tiebreak.tui.review.screen import ReviewScreen
from tiebreak.tui.screens import base
from tiebreak.tui.screens.choose_label import ChooseLabelScreen, completion, matching_labels
from tiebreak.tui.screens.prompt import PromptScreen
from tiebreak.tui.widgets.text_view import TextView

LONG = "\n".join(f"Line {number} says that Acme Corp met Uber in Paris." for number in range(40))
MANY_LABELS = [f"LABEL_{number:02d}" for number in range(58)] + ["PERSON", "[red]\x1b[31m"]
MANY = "Acme " * 60


def edit_of(app: TiebreakApp) -> EditScreen:
    screen = app.screen
    assert isinstance(screen, EditScreen)
    return screen


def editor_of(app: TiebreakApp) -> SpanEditor:
    return edit_of(app).editor


def selected(app: TiebreakApp) -> str:
    editor = editor_of(app)
    return editor.text[slice(*editor.selection)]


def covered(app: TiebreakApp) -> list[tuple[str, str]]:
    editor = editor_of(app)
    return [(editor.text[span.start : span.end], span.label) for span in editor.spans]


def answer_of(app: TiebreakApp) -> Spans:
    assert isinstance(app.screen, ReviewScreen)
    assert app.screen.review is not None
    return app.screen.review.marks


async def give_up(pilot: Pilot[None]) -> None:
    """Leave edit mode, with two keys if something is selected."""
    while isinstance(pilot.app.screen, EditScreen):
        await press(pilot, "escape")


def long_app(make_app: MakeApp) -> TiebreakApp:
    last = LONG.rindex("Paris")
    readings = {"spacy": [Span(0, 4, "ORG")], "llm": [Span(last, last + 5, "LOCATION")]}
    return make_app((LONG, readings))


def many_labels_app(make_app: MakeApp) -> TiebreakApp:
    left = [Span(5 * number, 5 * number + 4, label) for number, label in enumerate(MANY_LABELS)]
    return make_app((MANY, {"spacy": left, "llm": []}))


MOVES = [
    ("right", "hires"),
    ("right l left h", "Uber"),
    ("end", "Paris"),
    ("dollar_sign circumflex_accent", "Uber"),
    ("end home", "Uber"),
    ("G", "Paris"),
    ("G g", "Uber"),
    ("ctrl+end ctrl+home right", "hires"),
    ("w w", "Ada"),
    ("ctrl+right ctrl+right ctrl+left", "hires"),
    ("end b", "in"),
    ("L shift+right", "Uber hires Ada"),
    ("end H shift+left", "Corp in Paris"),
    ("W W B", "Uber hires"),
    ("v w right", "Uber hires Ada"),
    ("v right v right", "Ada"),
    ("tab", "Ada"),
    ("tab tab shift+tab", "Ada"),
    ("right_curly_bracket", "Ada"),
    ("left_curly_bracket", "Paris"),
    ("c right L", "be"),
]


async def test_keys_move_and_select(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        for keys, expected in MOVES:
            await press(pilot, "e", *keys.split())
            assert selected(app) == expected, keys
            await give_up(pilot)


LINE_MOVES = [
    ("down", 1, "Line"),
    ("j j up", 1, "Line"),
    ("down end", 1, "."),
    ("G up up home", 37, "Line"),
    ("w w down down", 2, "says"),
    ("end down", 1, "."),
    ("G down", 39, "."),
    ("up", 0, "Line"),
]


async def test_lines_are_those_drawn_and_keep_the_column(make_app: MakeApp) -> None:
    app = long_app(make_app)
    async with app.run_test() as pilot:
        for keys, line, word in LINE_MOVES:
            await press(pilot, "e", *keys.split())
            assert (LONG.count("\n", 0, editor_of(app).selection[0]), selected(app)) == (line, word), keys
            await give_up(pilot)


async def test_lines_can_be_selected(make_app: MakeApp) -> None:
    app = long_app(make_app)
    async with app.run_test() as pilot:
        await press(pilot, "e", "J", "shift+down", "K")
        assert selected(app) == LONG[: LONG.index("\n") + 5]


async def test_wrapped_lines_and_blank_lines_are_moved_over(make_app: MakeApp) -> None:
    text = "word " * 40 + "\n\n\n  \nlast"
    app = make_app((text, {"spacy": [Span(0, 4, "X")], "llm": []}))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "e", "down")
        assert 0 < editor_of(app).selection[0] < 80
        await press(pilot, "down", "down")
        assert selected(app) == "last"
        await press(pilot, "down")
        assert message_of(app) == "this is the last line"
        await press(pilot, "up")
        assert 100 < editor_of(app).selection[0] < 200


CHANGES = [
    ("full_stop", ("Uber hires", "PERSON")),
    ("full_stop comma", ("Uber", "PERSON")),
    ("tab less_than_sign", ("hires Ada Lovelace", "PERSON")),
    ("tab greater_than_sign", ("Lovelace", "PERSON")),
    ("2", ("Uber", "ORG")),
    ("v right 2", ("Uber hires", "ORG")),
    ("tab full_stop m", ("Ada Lovelace of Acme Corp", "PERSON")),
    ("tab right s", ("Lovelace", "PERSON")),
    ("right 1 m", ("hires Ada Lovelace", "LOCATION")),
    ("d u", ("Uber", "PERSON")),
    ("2 u ctrl+r", ("Uber", "ORG")),
    ("slash p a enter 3", ("Paris", "PERSON")),
    ("slash o f enter W 3", ("of Acme", "PERSON")),
]


async def test_keys_change_spans(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        for keys, expected in CHANGES:
            await press(pilot, "e", *keys.split())
            assert expected in covered(app), keys
            await press(pilot, "escape")


@pytest.mark.parametrize("key", ["d", "delete", "backspace", "0", "D"])
async def test_deleting(make_app: MakeApp, key: str) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e", key)
        assert [words for words, _ in covered(app)] == ["Ada Lovelace", "Acme Corp", "Paris"]


SAID = [
    ("right d", "no span under the cursor"),
    ("right s", "no span under the cursor"),
    ("right m", "no span under the cursor"),
    ("right full_stop", "no span under the cursor"),
    ("right asterisk", "no span under the cursor"),
    ("right D", "no span under the cursor"),
    ("s", "the span begins here"),
    ("m m m m", "no span within 3 tokens"),
    ("right L m", "fewer than two spans"),
    ("comma", "nothing would be left"),
    ("greater_than_sign", "nothing would be left"),
    ("less_than_sign", "begins where the text does"),
    ("end full_stop", "ends where the text does"),
    ("asterisk", "nothing more to label"),
    ("u", "nothing to undo"),
    ("ctrl+r", "nothing to redo"),
    ("n", "/ searches the text"),
    ("N", "/ searches the text"),
    ("9", "there is no label 9"),
    ("up", "this is the first line"),
    ("full_stop full_stop", "gave way: PERSON Ada Lovelace"),
]


async def test_a_key_that_can_do_nothing_says_so_and_so_does_one_that_displaces(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        for keys, said in SAID:
            await press(pilot, "e", *keys.split())
            assert said in message_of(app), keys
            await give_up(pilot)


async def test_without_spans_tab_says_so(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e", "v", "end", "d", "tab")
        assert covered(app) == []
        assert "no spans yet" in message_of(app)


async def test_the_header_says_mode_selection_and_label(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e")
        assert "by tokens · PERSON Uber · difference 1 of 3 · 4 spans" in edit_of(app).header.plain
        await press(pilot, "right")
        assert "hires (no span)" in edit_of(app).header.plain
        await press(pilot, "v", "right")
        assert "selecting 2 tokens: hires Ada" in edit_of(app).header.plain
        await press(pilot, "c")
        assert "by characters" in edit_of(app).header.plain


async def test_the_same_text_is_labelled_everywhere_with_one_key_and_one_undo(make_app: MakeApp) -> None:
    app = long_app(make_app)
    async with app.run_test() as pilot:
        await press(pilot, "e", "slash", *"Uber", "enter", "1", "asterisk")
        assert covered(app).count(("Uber", "ORG")) == 40
        assert "39 more" in message_of(app)
        await press(pilot, "u")
        assert covered(app).count(("Uber", "ORG")) == 1
        await press(pilot, "ctrl+r", "D")
        assert "40 spans deleted" in message_of(app)
        assert covered(app) == [("Line", "ORG")]


async def test_find_goes_along_while_typing_and_round_with_n(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e", "slash", "a")
        screen = app.screen
        assert isinstance(screen, PromptScreen)
        assert "match 1 of 5" in screen.title_bar.plain
        await press(pilot, "c")
        assert "match 1 of 2" in screen.title_bar.plain
        await press(pilot, "enter")
        assert selected(app) == "Lovelace"
        seen = []
        for key in ("n", "n", "N"):
            await press(pilot, key)
            seen.append(selected(app))
        assert seen == ["Acme", "Lovelace", "Acme"]
        assert "match 2 of 2" in message_of(app)


async def test_escape_from_find_goes_back_to_where_one_was(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e", "right", "L", "slash", *"paris", "escape")
        assert selected(app) == "hires Ada"
        await press(pilot, "slash", *"zzz")
        assert isinstance(app.screen, PromptScreen)
        assert "not in this text" in app.screen.title_bar.plain
        await press(pilot, "enter")
        assert "not found: zzz" in message_of(app)
        assert selected(app) == "hires Ada"


async def test_sixty_labels_are_chosen_by_the_start_of_their_names(make_app: MakeApp) -> None:
    app = many_labels_app(make_app)
    async with app.run_test() as pilot:
        await press(pilot, "e", "t", *"per", "enter")
        assert covered(app)[0] == ("Acme", "PERSON")
        await press(pilot, "right", "t", "l", "tab", *"57", "enter")
        assert covered(app)[1] == ("Acme", "LABEL_57")
        await press(pilot, "right", "t", *"label", "down", "down", "up", "enter")
        assert covered(app)[2] == ("Acme", "LABEL_01")
        await press(pilot, "right", "t", "up", "enter")
        assert covered(app)[3] == ("Acme", sorted(MANY_LABELS)[-1])


async def test_a_name_that_is_no_label_is_not_taken_and_escape_goes_back(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e", "t", *"zzz", "enter")
        assert isinstance(app.screen, ChooseLabelScreen)
        assert "no label has this" in app.screen.title_bar.plain
        await press(pilot, "escape")
        assert covered(app)[0] == ("Uber", "PERSON")
        await press(pilot, "escape")
        assert isinstance(app.screen, ReviewScreen)


def test_labels_that_begin_so_come_before_those_that_hold_it() -> None:
    labels = ["WORK_OF_ART", "ORG", "NORP", "org_unit", "ORGAN", "\x1b[0mX"]
    assert matching_labels(labels, "or") == ["ORG", "org_unit", "ORGAN", "WORK_OF_ART", "NORP"]
    assert matching_labels(labels, "") == labels
    assert matching_labels(labels, "x") == ["\x1b[0mX"]
    assert [completion(labels, typed) for typed in ("o", "orga", "w", "zz", "")] == [
        "ORG",
        "ORGAN",
        "WORK_OF_ART",
        "zz",
        "",
    ]


async def test_keys_in_prompts_count_as_keys_of_the_answer(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e", "t", *"or", "enter", "slash", "p", "escape", "enter")
        assert isinstance(app.screen, ReviewScreen)
        assert app.screen.keys_pressed == 9


async def test_escape_restores_and_enter_keeps(make_app: MakeApp) -> None:
    app = make_app()
    edits = ("e", "m", "s", "asterisk", "tab", "d", "v", "right", "right", "1", "c", "comma")
    async with app.run_test() as pilot:
        before = answer_of(app)
        await press(pilot, *edits, "escape")
        assert answer_of(app) == before
        await press(pilot, *edits)
        edited = editor_of(app).spans
        assert edited != before
        await press(pilot, "enter")
        assert answer_of(app) == edited


async def test_spans_may_nest_in_spancat(make_app: MakeApp) -> None:
    readings = {"spacy": spans(HEADLINE, ("Ada Lovelace", "PERSON")), "llm": spans(HEADLINE, ("Uber", "ORG"))}
    app = make_app((HEADLINE, readings), task=Task.SPANCAT)
    async with app.run_test() as pilot:
        await press(pilot, "e", "tab", "v", "2")
        assert covered(app)[:2] == [("Ada", "ORG"), ("Ada Lovelace", "PERSON")]


async def test_the_mouse_selects_tokens_and_a_click_moves_the_cursor(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e")
        edit_of(app).on_text_view_selected(TextView.Selected(7, 12, done=True))
        assert selected(app) == "hires Ada"
        await press(pilot, "2")
        assert ("hires Ada", "ORG") in covered(app)
        edit_of(app).on_text_view_selected(TextView.Selected(41, 41, done=True))
        assert (selected(app), editor_of(app).has_selection) == ("Paris", False)


@pytest.mark.full
async def test_a_resize_at_any_moment_and_a_paste_change_nothing(make_app: MakeApp) -> None:
    app = long_app(make_app)
    async with app.run_test() as pilot:
        await press(pilot, "e", "down", "L")
        for keys in ((), ("slash", "u"), ("escape", "t", "o"), ("escape", "c")):
            await press(pilot, *keys)
            for size in ((40, 8), (200, 50), (60, 16), (1, 1), (80, 24)):
                await pilot.resize_terminal(*size)
                app.post_message(events.Paste("d\ne" * 100_000))
                await pilot.pause()
        assert selected(app) == "Line 1"
        assert covered(app) == [("Line", "ORG")]
        await press(pilot, "down", "end", "enter")
        assert isinstance(app.screen, ReviewScreen)


async def test_hostile_texts_and_labels_do_no_harm(make_app: MakeApp) -> None:
    text = "\x1b[31mred\x00 [bold]x[/] \u202eevil\u200b e\u0301\r\n\tA\u2028B"
    app = make_app((text, {"spacy": [Span(0, 5, "[red]\x1b[0m")], "llm": [Span(6, 8, "\u202eY")]}))
    every = (
        "w W down up J home end G g tab right_curly_bracket full_stop less_than_sign 1 s m asterisk u ctrl+r c l L 2 d"
    )
    async with app.run_test() as pilot:
        await press(pilot, "e", *every.split(), *every.split(), "slash", "e", "enter", "t", "tab", "enter")
        assert "\x1b" not in edit_of(app).header.plain
        editor = editor_of(app)
        assert all(0 <= span.start < span.end <= len(text) for span in editor.spans)


async def test_no_key_takes_long_in_a_long_line_with_500_spans(make_app: MakeApp) -> None:
    text = ("Acme Corp hires Ada Lovelace of Uber in Paris; " * 1400)[:64_000]
    left = [Span(at, at + 4, f"L{at % 60}") for at in range(0, 63_900, 127)]
    app = make_app((text, {"spacy": left, "llm": left[:250]}))
    keys = (
        "right word_right down line_end text_end text_start next next_difference end_right start_left label split merge"
    )
    async with app.run_test() as pilot:
        await press(pilot, "e")
        screen = edit_of(app)
        slowest = 0.0
        for name in [*keys.split(), "delete_same", "undo", "redo", "characters", *keys.split(), "text_end", "up"]:
            took = []
            for _ in range(2):
                began = time.perf_counter()
                await screen.action_do(name, "1")
                took.append(time.perf_counter() - began)
            slowest = max(slowest, min(took))
        assert len(screen.editor.spans) > 450
        assert slowest < 0.1


async def test_what_is_typed_faster_than_a_prompt_opens_is_not_lost(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "PATIENCE", 60.0)  # seconds; a busy machine takes longer to open a prompt
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "e")
        for key in ("t", "o", "r", "enter"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await meanwhile(lambda: isinstance(app.screen, EditScreen) and covered(app)[0] == ("Uber", "ORG"))


async def test_a_keeps_the_edit_and_accepts_and_each_key_is_counted(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "down", "e", "d", "a")
        await meanwhile(lambda: isinstance(app.screen, ReviewScreen) and app.screen.review is None)
    [answer] = answers_in_force(app.session.store, ["accept"])
    assert answer.keys == 4
    assert [HEADLINE[span.start : span.end] for span in answer.spans] == ["Uber", "Acme Corp", "Paris"]


async def test_a_in_edit_mode_waits_for_what_the_review_waits_for(make_app: MakeApp) -> None:
    app = make_app(options=SessionOptions(confirm_all=True))
    async with app.run_test() as pilot:
        await press(pilot, "e", "d", "a")
        await meanwhile(lambda: isinstance(app.screen, ReviewScreen))
        assert "not confirmed" in message_of(app)
        assert "Uber" not in [HEADLINE[span.start : span.end] for span in answer_of(app)]
    assert not list(answers_in_force(app.session.store, ["accept"]))


async def test_a_typed_in_edit_mode_before_the_text_was_seen_answers_nothing(make_app: MakeApp) -> None:
    app = make_app()
    app.clock = lambda: 0.0
    async with app.run_test() as pilot:
        await press(pilot, "e", "a")
        assert "ignored" in edit_of(app).message.plain
    assert not list(answers_in_force(app.session.store, ["accept"]))
