"""What the screens look like, at fixed sizes."""

from __future__ import annotations

from typing import Any

import pytest
from screen_examples import MakeApp, spans

from tiebreak.core.records import Span, Task

LONG = " ".join(f"Sentence {number} says that Acme Corp met Uber in Paris." for number in range(60))
CHINESE = "优步在巴黎聘请阿达，苹果公司反对"


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (200, 50)], ids=["80x24", "60x16", "200x50"])
def test_review_of_a_headline(snap_compare: Any, make_app: MakeApp, size: tuple[int, int]) -> None:
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


def test_edit_mode(snap_compare: Any, make_app: MakeApp) -> None:
    assert snap_compare(make_app(), terminal_size=(80, 24), press=["e", "right", "L"])


def test_help(snap_compare: Any, make_app: MakeApp) -> None:
    assert snap_compare(make_app(), terminal_size=(80, 40), press=["question_mark"])


def test_too_small_a_terminal(snap_compare: Any, make_app: MakeApp) -> None:
    assert snap_compare(make_app(), terminal_size=(50, 12))
