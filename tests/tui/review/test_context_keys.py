"""Inspecting, notes, flags, the guidelines, the reflection and the introduction, key by key."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.text import Text
from screen_examples import HEADLINE, LLM, SPACY, MakeApp, long_seen, press, screen_of, until
from textual.widgets import Input

from tiebreak.core.compare.alike import Alike
from tiebreak.core.insight.estimates import make_estimates
from tiebreak.core.insight.report import make_report
from tiebreak.core.project.guidelines import remember_config
from tiebreak.core.records import Answer, LLMCall, Prediction
from tiebreak.core.review.first import First
from tiebreak.core.review.options import SessionOptions
from tiebreak.core.review.session import ReviewSession
from tiebreak.core.store.annotators import is_introduced
from tiebreak.core.store.answers import save_answer
from tiebreak.core.store.given import answers_of
from tiebreak.core.store.learned_patterns import Held, save_outcomes
from tiebreak.core.store.predictions import save_predictions, start_run
from tiebreak.core.store.remarks import remark_of, save_remark
from tiebreak.core.store.short_writes import ShortWrites
from tiebreak.tui.app import TiebreakApp
from tiebreak.tui.pages.markdown import escaped
from tiebreak.tui.pages.report_page import report_markdown
from tiebreak.tui.review import reflecting
from tiebreak.tui.screens.guidelines import GuidelinesPanel, GuidelinesScreen
from tiebreak.tui.screens.introduction import IntroductionScreen
from tiebreak.tui.screens.reflection import ReflectionScreen
from tiebreak.tui.widgets.page_view import PageView, linked, page_strips

LEARNED = Held(Alike("label", (("spacy", ("PERSON",)), ("llm", ("ORG",)))), ("llm",), 3, 3)
CONFIG = '[project]\nguidelines = "rules.md"\n\n[predictors]\n\n[predictors.spacy]\npipeline = "en_core_web_sm"\n'
EVIL = "\x1b[2Jevil\x9b\u202e"


def page_of(app: TiebreakApp) -> str:
    return " ".join(app.screen.query_one(PageView).plain.split())


def again(app: TiebreakApp, options: SessionOptions) -> TiebreakApp:
    session = ReviewSession(app.session.store, "sam", options=options)
    return TiebreakApp(session, session.next(), clock=long_seen())


async def test_a_flag_is_kept_at_once_and_taken_off_again(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "f")
        remark = remark_of(app.session.store, 1, "sam")
        assert remark is not None
        assert remark.flagged
        assert "⚑" in screen_of(app).rule.plain
        await press(pilot, "f")
        assert remark_of(app.session.store, 1, "sam") is None
        assert "⚑" not in screen_of(app).rule.plain


async def test_a_note_is_written_changed_given_up_and_deleted(make_app: MakeApp) -> None:
    app = make_app()
    store = app.session.store
    async with app.run_test() as pilot:
        await press(pilot, "f", "n", *"who", "enter")
        remark = remark_of(store, 1, "sam")
        assert remark is not None
        assert (remark.note, remark.flagged) == ("who", True)
        assert "who" in screen_of(app).rule.plain
        await press(pilot, "n", *"se", "escape")
        assert remark_of(store, 1, "sam") == remark
        await press(pilot, "n")
        assert app.screen.query_one(Input).value == "who"
        await press(pilot, *["backspace"] * 3, "enter", "f")
        assert remark_of(store, 1, "sam") is None
        assert answers_of(store, None, None) == []


async def test_the_remark_is_there_again_after_a_restart(make_app: MakeApp) -> None:
    app = make_app()
    save_remark(app.session.store, 1, "sam", "earlier", flagged=True, note=EVIL)
    app.first = app.session.next()
    async with app.run_test() as pilot:
        assert "⚑  ␛[2Jevil" in screen_of(app).rule.plain
        await press(pilot, "n")
        assert app.screen.query_one(Input).value == "[2Jevil"


async def test_inspecting_shows_how_each_model_came_to_its_spans(make_app: MakeApp) -> None:
    app = make_app()
    store = app.session.store
    run = start_run(store, predictor="llm", kind="file", fingerprint="test", model="test")
    call = LLMCall(f"prompt {EVIL}", f"response {EVIL}", 1.5)
    save_predictions(store, run, [Prediction(1, tuple(LLM[:1]), dropped=[{"text": "Zed"}], calls=(call,))])
    save_answer(store, Answer(1, "kim", "k", "reject", (), seconds=7.0))
    save_remark(store, 1, "kim", "k", flagged=False, note="odd")
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "i")
        shown = page_of(app)
        for part in ("A spacy", "B llm", "response ␛[2Jevil", "prompt ␛[2Jevil", "Zed", "kim", "7 s", "odd", "test"):
            assert part in shown
        await press(pilot, "down", "pagedown", "end", "home", "escape")
        screen_of(app)


async def test_inspecting_in_blind_mode_tells_no_names(make_app: MakeApp) -> None:
    app = make_app()
    store = app.session.store
    run = start_run(store, predictor="gpt", kind="llm", fingerprint="x", model="gpt")
    save_predictions(store, run, [Prediction(1, error="HTTP 500", calls=(LLMCall("my prompt", "my answer", 1.0),))])
    blind = again(app, SessionOptions(blind=True))
    async with blind.run_test() as pilot:
        await screen_of(blind).keeping_up.look()
        assert not any(name in screen_of(blind).header.plain for name in ("spacy", "llm", "gpt"))
        assert "HTTP" not in screen_of(blind).message.plain
        await press(pilot, "i")
        shown = page_of(blind)
        assert "Model A" in shown
        assert "Model C" in shown
        assert "hidden" in shown
        assert not any(word in shown for word in ("spacy", "gpt", "llm", "HTTP", "my prompt", "my answer"))


async def test_guidelines_stand_beside_the_text_where_it_is_wide_enough(make_app: MakeApp, tmp_path: Path) -> None:
    (tmp_path / "news.cfg").write_text(CONFIG)
    (tmp_path / "rules.md").write_text(f"# Rules\n\nMark {EVIL} [bad](file:///etc/passwd)\n" + "\n\nmore" * 90)
    app = make_app()
    remember_config(app.session.store, tmp_path / "news.cfg")
    async with app.run_test(size=(120, 30)) as pilot:
        await press(pilot, "g")
        panel = app.screen.query_one(GuidelinesPanel)
        assert "Rules" in panel.plain
        assert "\x1b" not in panel.plain
        await press(pilot, "right_curly_bracket")
        assert panel.scroll_offset.y > 0
        await press(pilot, "left_curly_bracket")
        assert panel.scroll_offset.y == 0
        await press(pilot, "g")
        assert not app.screen.query(GuidelinesPanel)
        await pilot.resize_terminal(80, 24)
        await press(pilot, "g")
        assert isinstance(app.screen, GuidelinesScreen)
        await press(pilot, "g")
        screen_of(app)


async def test_no_guidelines_is_a_message_only_once_they_are_asked_for(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        assert screen_of(app).message.plain == ""
        await press(pilot, "g")
        assert "no guidelines" in screen_of(app).message.plain


async def test_the_reflection_comes_by_its_key_and_goes_by_two_alone(make_app: MakeApp) -> None:
    app = make_app((HEADLINE, {"spacy": SPACY, "llm": LLM}), (f"{HEADLINE}!", {"spacy": SPACY, "llm": LLM}))
    async with app.run_test() as pilot:
        await press(pilot, "A", "r")
        assert "1 answer " in page_of(app)
        assert "Which model was right" in page_of(app)
        await press(pilot, "x", "a", "r")
        assert isinstance(app.screen, ReflectionScreen)
        await press(pilot, "escape")
        screen_of(app)
        assert len(answers_of(app.session.store, None, None)) == 1


async def test_the_reflection_shows_what_was_learned(make_app: MakeApp) -> None:
    app = make_app()
    save_outcomes(app.session.store, [LEARNED], ShortWrites(app.session.store))
    async with app.run_test() as pilot:
        await press(pilot, "r")
        assert "What was learned" in page_of(app)
        assert "llm 3 of 3 (100%)" in page_of(app)


async def test_once_the_time_is_over_the_end_of_the_example_brings_the_reflection_once(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reflecting, "NUDGE_DEAF", 60.0)
    texts = [HEADLINE + "!" * number for number in range(4)]
    app = again(make_app(*((text, {"spacy": SPACY, "llm": LLM}) for text in texts)), SessionOptions(seconds=60))
    async with app.run_test() as pilot:
        await press(pilot, "a")
        assert "1m to go" in screen_of(app).header.plain
        app.session.pace.began -= 61
        await press(pilot, "right")
        screen_of(app)
        await press(pilot, "a")
        await until(pilot, lambda: isinstance(app.screen, ReflectionScreen))
        await press(pilot, "a")
        assert isinstance(app.screen, ReflectionScreen)  # the key was meant for the next example
        app.deaf_until = 0.0
        await press(pilot, "enter")
        assert "the time is up" in screen_of(app).header.plain
        await press(pilot, "a")
        screen_of(app)
        assert app.session.done == 3


async def test_a_blind_reflection_does_not_say_who_was_right(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, "A")
    report = make_report(app.session.store, session=app.session.id)
    estimates = make_estimates(app.session.store)
    assert "spacy" in report_markdown(report, estimates, [])
    assert not any(name in report_markdown(report, estimates, None, blind=True) for name in ("spacy", "llm"))


@pytest.mark.parametrize("options", [SessionOptions(blind=True), SessionOptions(first=First.LEFT)])
async def test_a_sitting_that_shows_nothing_learned_does_not_reflect_on_it(
    make_app: MakeApp, options: SessionOptions
) -> None:
    app = again(make_app((HEADLINE, {"spacy": SPACY, "llm": LLM})), options)
    save_outcomes(app.session.store, [LEARNED], ShortWrites(app.session.store))
    async with app.run_test() as pilot:
        await press(pilot, "r")
        assert "What is left" in page_of(app)
        assert "What was learned" not in page_of(app)


async def test_the_introduction_comes_once_and_its_key_does_nothing_else(make_app: MakeApp) -> None:
    app = make_app()
    app.introduce = True
    async with app.run_test() as pilot:
        assert isinstance(app.screen, IntroductionScreen)
        assert not is_introduced(app.session.store, "sam")
        await press(pilot, "a")
        screen_of(app)
        assert app.session.done == 0
        assert is_introduced(app.session.store, "sam")


def test_only_addresses_of_the_web_and_of_mail_are_links() -> None:
    def links(text: Text) -> set[str]:
        return {s.style.link for strip in page_strips(text, 80) for s in strip if s.style is not None and s.style.link}

    assert links(linked("see https://a.org/b?c=1, or mailto:x@y.z.")) == {"https://a.org/b?c=1", "mailto:x@y.z"}
    assert links(linked("javascript:x file:///etc http://a\x1b]8;;evil")) == {"http://a"}


@pytest.mark.parametrize("text", ["a|b", "*a*", "`a`", "<b>", EVIL, "[x](y)", "a\nb"])
def test_text_from_outside_means_nothing_to_markdown(text: str) -> None:
    shown = escaped(text)
    assert not set(shown) & set("\n\x1b\x9b\u202e")
    assert all(shown[at - 1] == "\\" for at, sign in enumerate(shown) if sign in "|*`<>[]")
