"""Components of spaCy pipelines for the tests; the dist-info beside this file declares them as entry points."""

from __future__ import annotations

import os
import time

from spacy.language import Language
from spacy.tokens import Doc
from spacy.tokens import Span as DocSpan


@Language.component("tests_fail_on_poison")
def fail_on_poison(doc: Doc) -> Doc:
    if "poison" in doc.text:
        raise ValueError(f"cannot swallow {doc.text!r}\nsecond line")
    return doc


@Language.component("tests_nested_spans")
def nested_spans(doc: Doc) -> Doc:
    doc.spans["sc"] = [DocSpan(doc, 0, 2, "OUTER"), DocSpan(doc, 1, 2, "INNER"), DocSpan(doc, 0, 1)]
    doc.spans["other"] = [DocSpan(doc, 0, 1, "OTHER")]
    return doc


@Language.component("tests_cats_of_letters")
def cats_of_letters(doc: Doc) -> Doc:
    doc.cats = {letter: 3.0 if "poison" in doc.text else float(letter in doc.text) * 0.9 for letter in "AB"}
    return doc


@Language.component("tests_die_on_poison")
def die_on_poison(doc: Doc) -> Doc:
    if "poison" in doc.text:
        os.kill(os.getpid(), 9)
    return doc


@Language.component("tests_slow")
def slow(doc: Doc) -> Doc:
    time.sleep(0.01)
    return doc
