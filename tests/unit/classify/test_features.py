"""Features of a text: what is written alike is alike, and the definition does not change unseen."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.classify.features import (
    FEATURES_VERSION,
    MAX_LETTERS,
    FeatureSpec,
    fold_text,
    hashed,
    text_buffers,
)
from pipeline.classify.letters import NEGATIVE_SIGN, POSITIVE_SIGN, alphabet

SPEC = FeatureSpec(words=2, run_min=3, run_max=5)


def folded(text: str) -> str:
    """The letters of a text, a gap as `_`, signs as `+`, `-` and `*`."""
    buffers = text_buffers([text])
    out = np.empty(MAX_LETTERS + 4, np.uint16)
    n = fold_text(buffers.data, buffers.offsets[0], buffers.offsets[1], alphabet(), out)
    shown = {0: "_", POSITIVE_SIGN: "+", NEGATIVE_SIGN: "-"}
    return "".join(shown.get(code) or ("*" if 0xE000 <= code <= 0xF8FF else chr(code)) for code in out[:n].tolist())


def features(text: str, spec: FeatureSpec = SPEC) -> list[int]:
    found: list[int] = hashed(text_buffers([text]), spec).hashes.tolist()
    return found


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Don't  PANIC", "_dont_panic_"),
        ("п’ять п'ять пʼять", "_пять_пять_пять_"),
        ("кай\u0306 ї\u0456\u0308 Ґанок", "_кай_її_ґанок_"),
        ("Ёлка", "_елка_"),
        ("cкло", "_скло_"),  # a Latin c
        ("café Straße", "_cafe_straße_"),
        ("5€?!", "_5_*_*_*_"),
        ("👍🏻 👎", "_+_-_"),
        ("日本語", "_日本語_"),
        ("a\u200bb\u00adc", "_abc_"),
        ("(a)—b\n\tc", "_a_b_c_"),
        ("", "_"),
        (" .,", "_"),
    ],
)
def test_what_is_written_alike_becomes_the_same_letters(text: str, letters: str) -> None:
    assert folded(text) == letters


def test_a_word_a_pair_and_each_run_of_letters_is_one_feature() -> None:
    # words: ab, cd; pairs: (start, ab), (ab, cd); runs of _ab_ and _cd_: three of 3 to 4 letters each
    found = features("ab cd", FeatureSpec(words=2, run_min=3, run_max=4))
    assert len(found) == len(set(found)) == 2 + 2 + 3 + 3
    assert sum(1 for feature in found if feature % 2 == 0) == 4


def test_signs_are_words_without_runs() -> None:
    assert all(feature % 2 == 0 for feature in features("?!"))


def test_the_order_of_words_matters_only_to_pairs() -> None:
    one, other = set(features("late parcel")), set(features("parcel late"))
    assert len(one - other) == len(other - one) == 2


def test_only_the_beginning_of_a_very_long_text_is_read() -> None:
    begin = "ab " * MAX_LETTERS
    assert features(begin) == features(begin + "unread words")


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=8))
def test_texts_have_the_same_features_alone_and_in_company(texts: list[str]) -> None:
    together = hashed(text_buffers(texts), SPEC)
    for i, text in enumerate(texts):
        assert together.hashes[together.starts[i] : together.starts[i + 1]].tolist() == features(text)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_there_is_always_room_for_the_features(text: str) -> None:
    assert len(features(text)) <= SPEC.most(len(text.encode("utf-8", "replace")) + 2)


def test_the_definition_is_the_one_that_its_version_names() -> None:
    """Change what a text's features are, and give them a new version: models were trained on the old ones."""
    tables = hashlib.sha256(b"".join(table.astype("<u2").tobytes() for table in alphabet())).hexdigest()
    text = "The parcel's late?! Де мій cкутер, 5€… 👍 Größe 日本 ԱԲԳ"
    found = np.array(features(text, FeatureSpec(words=2, run_min=2, run_max=6)), "<u8")
    digest = hashlib.sha256(found.tobytes()).hexdigest()
    assert (FEATURES_VERSION, tables[:16], digest[:16]) == (1, "179edb0b8d7e19a2", "f55725c2325be091")
