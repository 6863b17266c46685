"""The look of the screens, at fixed sizes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from screen_examples import HEADLINE, LLM, SPACY, MakeApp, spans, until
from textual.pilot import Pilot

from tiebreak.core.records import Answer, LLMCall, Prediction, Span, Task
from tiebreak.core.review.review import AnyReview
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.tui.review import finding
from tiebreak.tui.screens.filter import FilterScreen
from tiebreak.tui.themes import Appearance

LONG = " ".join(f"Sentence {number} says that Acme Corp met Uber in Paris." for number in range(60))
ARABIC = "وقالت جامعة بيرزيت في رام الله إن العام الدراسي سيبدأ اليوم"
CHINESE = "优步在巴黎聘请阿达，苹果公司反对"


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (200, 50)], ids=["80x24", "60x16", "200x50"])
def test_review_of_a_headline(
    snap_compare: Any, make_app: MakeApp, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_PANEL_DELAY", 0.01)
    assert snap_compare(make_app(), terminal_size=size, press=["right", "tab", "0", "tab", "1"])


def test_review_of_a_long_text_scrolls_to_the_difference(snap_compare: Any, make_app: MakeApp) -> None:
    last = LONG.rindex("Paris")
    app = make_app((LONG, {"spacy": [Span(0, 8, "ORG")], "llm": [Span(last, last + 5, "LOCATION")]}))
    assert snap_compare(app, terminal_size=(80, 24), press=["tab"])


def test_review_of_nested_spans(snap_compare: Any, make_app: MakeApp) -> None:
    text = "The University of Paris hired Ada"
    left = spans(text, ("The University of Paris", "ORG"), ("Paris", "LOCATION"), ("University", "NOUN"))
    right = spans(text, ("University of Paris", "ORG"), ("Paris", "LOCATION"), ("Ada", "PERSON"))
    assert snap_compare(make_app((text, {"spacy": left, "llm": right}), task=Task.SPANCAT), terminal_size=(80, 24))


def test_review_of_wide_characters(snap_compare: Any, make_app: MakeApp) -> None:
    left = spans(CHINESE, ("优步", "ORG"), ("巴黎", "LOCATION"))
    right = spans(CHINESE, ("优步", "ORG"), ("苹果公司", "ORG"))
    assert snap_compare(make_app((CHINESE, {"spacy": left, "llm": right})), terminal_size=(80, 24))


def test_review_by_three_predictors(snap_compare: Any, make_app: MakeApp) -> None:
    text = "Apple opens in Cork"
    apple = spans(text, ("Apple", "ORG"))
    cork = spans(text, ("Apple", "ORG"), ("Cork", "LOCATION"))
    app = make_app((text, {"spacy": apple, "llm": cork, "claude": spans(text, ("Apple", "PRODUCT"))}))
    assert snap_compare(app, terminal_size=(80, 24))


def test_review_of_a_long_text_unfolded(snap_compare: Any, make_app: MakeApp) -> None:
    last = LONG.rindex("Paris")
    app = make_app((LONG, {"spacy": [Span(0, 8, "ORG")], "llm": [Span(last, last + 5, "LOCATION")]}))
    assert snap_compare(app, terminal_size=(80, 24), press=["z"])


def test_review_of_arabic(snap_compare: Any, make_app: MakeApp) -> None:
    left = spans(ARABIC, ("جامعة بيرزيت", "ORG"), ("رام الله", "GPE"))
    right = spans(ARABIC, ("بيرزيت", "GPE"), ("رام الله", "GPE"))
    assert snap_compare(make_app((ARABIC, {"spacy": left, "llm": right})), terminal_size=(80, 24))


def test_review_of_categories(snap_compare: Any, make_app: MakeApp) -> None:
    app = make_app(("Can I book a room with a view?", {}), task=Task.TEXTCAT_MULTILABEL)
    store = app.session.store
    for name, cats in {
        "spacy": {"booking": 0.91, "room": 0.4, "price": 0.1},
        "llm": {"booking": 0.8, "room": 0.7},
    }.items():
        run = start_run(store, predictor=name, kind="file", fingerprint="test", model="test")
        save_predictions(store, run, [Prediction(1, cats=cats)])
    app.first = app.session.next()
    assert snap_compare(app, terminal_size=(80, 24), press=["right"])


def test_review_in_monochrome(snap_compare: Any, make_app: MakeApp) -> None:
    app = make_app(appearance=Appearance("monochrome", sixteen_colours=False))
    assert snap_compare(app, terminal_size=(80, 24), press=["right", "tab"])


def test_review_in_light(snap_compare: Any, make_app: MakeApp) -> None:
    app = make_app(appearance=Appearance("light", sixteen_colours=False))
    assert snap_compare(app, terminal_size=(80, 24), press=["right", "tab"])


def test_filter(snap_compare: Any, make_app: MakeApp) -> None:
    app = make_app(
        *((f"Acme {number} buys Uber", {"spacy": [Span(0, 4, "ORG")], "llm": []}) for number in range(5)),
        (HEADLINE, {"spacy": SPACY, "llm": LLM}),
    )

    async def type_a_filter(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"acme kind:mis")
        screen = pilot.app.screen
        assert isinstance(screen, FilterScreen)
        await until(pilot, lambda: "missing, label" in screen.state.plain)

    assert snap_compare(app, terminal_size=(80, 24), run_before=type_a_filter)


def test_inspect(snap_compare: Any, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    started = time.strptime("2026-11-23 10:00", "%Y-%m-%d %H:%M")
    monkeypatch.setattr(time, "gmtime", lambda *_: started)
    app = make_app()
    run = start_run(app.session.store, predictor="claude", kind="llm", fingerprint="x", model="claude")
    call = LLMCall("List the entities.", '{"entities": ["Uber"]}', 0.8, 120, 9)
    save_predictions(app.session.store, run, [Prediction(1, tuple(LLM), dropped=[{"text": "Zed"}], calls=(call,))])
    app.first = app.session.next()
    assert snap_compare(app, terminal_size=(80, 40), press=["i", "wait:500"])


def test_reflection(snap_compare: Any, make_app: MakeApp) -> None:
    examples = [(f"Acme {number} buys Uber", {"spacy": [Span(0, 4, "ORG")], "llm": []}) for number in range(5)]
    app = make_app(*examples)
    app.session.id = "sam-1"
    settled: list[Callable[[AnyReview], object]] = [
        lambda review: review.choose(1),
        lambda review: review.confirm(),
        lambda review: review.choose_neither(),
    ]
    for number, settle in enumerate(settled):
        review = app.session.open(number + 1)
        settle(review)
        choices = review.settled()
        answer = Answer(number + 1, "sam", "sam-1", "accept", review.marks, choices, review.shown, 6.0, 2)
        save_answer(app.session.store, replace(answer, answered_at=1_800_000_000.0 + 6 * number))
    assert snap_compare(app, terminal_size=(80, 40), press=["r", "wait:500"])


def test_introduction(snap_compare: Any, make_app: MakeApp) -> None:
    app = make_app()
    app.introduce = True
    assert snap_compare(app, terminal_size=(80, 24), press=["wait:300"])


def test_edit_mode(snap_compare: Any, make_app: MakeApp) -> None:
    assert snap_compare(make_app(), terminal_size=(80, 24), press=["e", "right", "L"])


def test_help(snap_compare: Any, make_app: MakeApp) -> None:
    assert snap_compare(make_app(), terminal_size=(80, 40), press=["question_mark"])


def test_too_small_a_terminal(snap_compare: Any, make_app: MakeApp) -> None:
    assert snap_compare(make_app(), terminal_size=(50, 12))
