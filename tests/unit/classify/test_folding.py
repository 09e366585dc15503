from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify.folding import BOUNDARY, MAX_CHARACTERS, fold, patterns, slices


def letters_of(text: str) -> bytes:
    folded = fold([text])
    return folded.letters[folded.starts[0] : folded.starts[1]]


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("П’ять", "п'ять"),
        ("пʼять", "п'ять"),
        (unicodedata.normalize("NFD", "Її йод"), "її йод"),
        ("Нiхто", "ніхто"),
        ("ещё", "еще"),
        ("Café", "cafe"),
        ("two   words\n here", "two words here"),
        ("co\u00adope\u200brate", "cooperate"),
        ("'quoted'", "quoted"),
        ("замо́влення", "замовлення"),
    ],
)
def test_spellings_of_one_word_fold_together(written: str, same: str) -> None:
    assert letters_of(written) == letters_of(same)


def test_apostrophes_inside_words_stay() -> None:
    assert letters_of("we'll") != letters_of("well")


def test_a_phrase_with_a_lost_character_is_refused() -> None:
    assert patterns(["не працює"])
    with pytest.raises(ValueError, match="folding does not keep"):
        patterns(["сервісн* центр"])


@given(st.lists(st.text(max_size=40), max_size=8))
def test_every_text_keeps_its_own_place(texts: list[str]) -> None:
    folded = fold(texts)
    assert len(folded) == len(texts)
    for i, text in enumerate(texts):
        alone = fold([text])
        mine = folded.codes[folded.starts[i] : folded.starts[i + 1]]
        assert mine.tolist() == alone.codes[alone.starts[0] : alone.starts[1]].tolist()
        assert mine[0] == BOUNDARY


@given(st.lists(st.one_of(st.none(), st.text(max_size=5)), max_size=30))
def test_slices_cover_every_text_once(texts: list[str | None]) -> None:
    covered = [i for begin, end in slices(texts) for i in range(begin, end)]
    assert covered == list(range(len(texts)))


def test_a_huge_text_is_read_to_its_limit() -> None:
    assert len(fold(["a" * (MAX_CHARACTERS * 50)]).codes) < MAX_CHARACTERS + 10


def test_lone_surrogates_and_separators_do_no_harm() -> None:
    assert len(fold(["a\ud800b", "x\uffffy", "\x00"])) == 3


def test_a_text_is_spelt_in_small_letters_and_single_spaces() -> None:
    folded = fold(["ŁADNE  kolory!! 👍 №5", "П’ять … Ґудзиків", None])
    assert [folded.spelt(i).split() for i in range(3)] == [["ładne", "kolory", "5"], ["п'ять", "ґудзиків"], []]
    assert "  " not in folded.spelt(1).strip()
