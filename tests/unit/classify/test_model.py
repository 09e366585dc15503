"""A trained model: the same answers in any batch, from any file of it, and none where it knows nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.classify import compiling, cues
from pipeline.classify import model as model_file
from pipeline.classify.model import TextModel
from pipeline.classify.training import TrainingOptions, train
from pipeline.domain.errors import UsageError

ASKS = ["where is my parcel", "when will my parcel come", "has my parcel been sent", "parcel not here yet", "track it"]
PAYS = ["the price is too high", "you charged me twice", "wrong amount charged", "refund my money", "price went up"]
WORDS = " ".join(ASKS + PAYS).split()
OPTIONS = TrainingOptions(name="tiny", folds=2)


@pytest.fixture(scope="module")
def tiny() -> TextModel:
    texts = [*ASKS, *PAYS]
    topics = ["delivery"] * len(ASKS) + ["billing"] * len(PAYS)
    tones = ["calm", "angry"] * len(ASKS)
    return train(texts, {"topic": topics, "tone": tones}, OPTIONS)


def test_every_head_answers_in_its_own_words(tiny: TextModel) -> None:
    answers = tiny.predict(["my parcel", "the price"])
    assert answers["topic"].labels() == ["delivery", "billing"]
    assert {head.name: head.classes for head in tiny.heads} == {
        "topic": ("billing", "delivery"),
        "tone": ("angry", "calm"),
    }


def test_a_text_of_which_nothing_is_known_is_not_answered(tiny: TextModel) -> None:
    answers = tiny.predict(["", None, "?!", "жжж"])
    assert answers["topic"].labels() == [None] * 4


@settings(deadline=None)
@given(
    texts=st.lists(st.lists(st.sampled_from([*WORDS, "жах", "👍"]), max_size=12).map(" ".join), max_size=12),
    cut=st.integers(0, 12),
)
def test_the_batch_size_changes_no_bit(tiny: TextModel, texts: list[str], cut: int) -> None:
    whole, known = tiny.scores(texts)
    parts = [tiny.scores(texts[:cut]), tiny.scores(texts[cut:])]
    assert np.concatenate([scores for scores, _ in parts]).tobytes() == whole.tobytes()
    assert np.concatenate([shares for _, shares in parts]).tobytes() == known.tobytes()


def test_texts_may_come_as_any_arrow_strings(tiny: TextModel) -> None:
    texts = ["skipped", "where is my parcel", None, "price"]
    expected = tiny.scores(texts[1:])[0].tobytes()
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        assert tiny.scores(pa.array(texts, kind)[1:])[0].tobytes() == expected


def test_training_again_gives_the_same_file(tiny: TextModel, tmp_path: Path) -> None:
    texts = [*ASKS, *PAYS]
    labels = ["delivery"] * len(ASKS) + ["billing"] * len(PAYS)
    models = [train(texts, {"topic": labels}, OPTIONS) for _ in range(2)]
    assert models[0].id == models[1].id != tiny.id
    models[0].save(tmp_path / "a")
    models[1].save(tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_saved_model_is_the_same_model(tiny: TextModel, tmp_path: Path) -> None:
    path = tmp_path / "tiny.vidhuk"
    tiny.save(path)
    again = TextModel.load(path)
    assert again.id == tiny.id
    assert again.header == tiny.header
    assert again.scores(WORDS)[0].tobytes() == tiny.scores(WORDS)[0].tobytes()


def test_a_damaged_model_is_refused(tiny: TextModel, tmp_path: Path) -> None:
    path = tmp_path / "tiny.vidhuk"
    tiny.save(path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(UsageError, match="damaged"):
        TextModel.load(path)


def test_a_model_of_other_features_is_refused(tiny: TextModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tiny.vidhuk"
    tiny.save(path)
    monkeypatch.setattr(model_file, "FEATURES_VERSION", 99)
    with pytest.raises(UsageError, match=r"version 1 of the features and this program by version 99"):
        TextModel.load(path)


@pytest.fixture(scope="module")
def cued() -> TextModel:
    topics = ["delivery"] * len(ASKS) + ["billing"] * len(PAYS)
    return train([*ASKS, *PAYS], {"topic": topics}, TrainingOptions(name="cued", folds=2, cues=True))


def test_cues_are_weighed_alike_however_texts_come(cued: TextModel, tmp_path: Path) -> None:
    texts = [*ASKS, "terrible price!!", None, "Дякую 👍"]
    expected = cued.scores(texts)[0].tobytes()
    assert cued.cue_weights.any()
    assert cued.scores(pa.array(texts))[0].tobytes() == expected
    assert np.concatenate([cued.scores([text])[0] for text in texts]).tobytes() == expected
    cued.save(tmp_path / "cued.model")
    again = TextModel.load(tmp_path / "cued.model")
    assert (again.id, again.scores(texts)[0].tobytes()) == (cued.id, expected)


def test_a_model_of_other_phrases_is_refused(cued: TextModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cued.save(tmp_path / "cued.model")
    monkeypatch.setattr(cues, "CUES_VERSION", 99)
    with pytest.raises(UsageError, match=r"weighs phrases by cues-3\+.* and this program has cues-99\+"):
        TextModel.load(tmp_path / "cued.model")


def test_a_model_whose_arrays_do_not_fit_is_refused(tiny: TextModel, tmp_path: Path) -> None:
    path = tmp_path / "odd.vidhuk"
    short = tiny.linear._replace(scales=tiny.linear.scales[:-1])
    TextModel.of(tiny.header, tiny.vocabulary, short).save(path)
    with pytest.raises(UsageError, match="does not hold what its header says"):
        TextModel.load(path)


def test_the_kernel_compiles_where_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def njit(*, nogil: bool, cache: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        assert nogil
        return lambda function: function

    monkeypatch.setattr(numba, "njit", njit)
    assert compiling.compiled(abs)(-1) == 1
    assert asked == [True, False]


def test_what_is_no_model_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(UsageError, match=r"notes\.txt is not a model"):
        TextModel.load(path)
    with pytest.raises(UsageError, match="cannot be read"):
        TextModel.load(tmp_path / "absent")


def test_too_little_to_learn_from_is_said_plainly() -> None:
    with pytest.raises(UsageError, match="at least two classes"):
        train(ASKS, {"topic": ["delivery"] * len(ASKS)}, OPTIONS)
    with pytest.raises(UsageError, match=r"too few of `billing` \(1\)"):
        train([*ASKS, "price"], {"topic": ["delivery"] * len(ASKS) + ["billing"]}, OPTIONS)
