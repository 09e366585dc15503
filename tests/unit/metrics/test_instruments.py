from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pipeline.domain.errors import FatalError
from pipeline.metrics.instruments import Instrument, Score, instruments, series_id
from pipeline.statistics.surveys import TOP_TWO_OF_FIVE, TOP_TWO_OF_SEVEN

NPS = next(each for each in instruments() if each.name == "nps")


@pytest.mark.parametrize(
    "change",
    [{"scale": (0, 11)}, {"wording": {"en": "How likely are you to recommend us?"}}, {"mode": "telephone"}],
)
def test_another_scale_wording_or_mode_is_another_series(change: dict[str, object]) -> None:
    assert msgspec.structs.replace(NPS, **change).series != NPS.series


def test_another_score_or_name_is_the_same_series() -> None:
    other = msgspec.structs.replace(NPS, name="recommend", scores=(Score(name="mean", kind="mean", rule="mean"),))
    assert other.series == NPS.series


def test_what_is_not_stated_of_an_answer_is_empty() -> None:
    assert series_id("csat", 1, 5, None, None) == series_id("csat", 1, 5, "", "")
    assert series_id("csat", 1, 5, "a", None) != series_id("csat", 1, 5, None, "a")


def test_effort_has_its_three_rival_scores_each_by_name() -> None:
    (effort,) = (each for each in instruments() if each.instrument == "ces")
    assert [(score.name, score.kind) for score in effort.scores] == [
        ("ces_mean", "mean"),
        ("ces_agree", "share"),
        ("ces_net", "net"),
    ]


def test_box_rules_stand_with_the_instrument() -> None:
    rules = {each.scale: each.scores[0] for each in instruments() if each.instrument == "csat"}
    for box in (TOP_TWO_OF_FIVE, TOP_TWO_OF_SEVEN):
        score = rules[box.scale_min, box.scale_max]
        assert (score.rule, score.favourable) == (box.name, (box.threshold, box.scale_max))


@pytest.mark.parametrize(
    ("score", "sentence"),
    [
        (Score(name="s", kind="share", rule="r", favourable=(9, 11)), "off the scale 0-10"),
        (Score(name="s", kind="net", rule="r", favourable=(9, 10)), "wrong answers"),
        (Score(name="s", kind="mean", rule="r", favourable=(9, 10)), "wrong answers"),
    ],
)
def test_a_score_that_does_not_fit_its_scale_is_refused(score: Score, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Instrument(name="nps", instrument="nps", scale=(0, 10), mode="online", wording={"en": "?"}, scores=(score,))


def test_a_registry_that_cannot_be_read_names_its_file(tmp_path: Path) -> None:
    broken = tmp_path / "mine.toml"
    broken.write_text("[[instrument]]\nname = 'x'\n")
    with pytest.raises(FatalError, match=r"mine\.toml"):
        instruments(broken)
    one = '[[instrument]]\nname="x"\ninstrument="x"\nscale=[1,5]\nmode="m"\nwording={en="?"}\n'
    broken.write_text(2 * (one + 'scores=[{name="m",kind="mean",rule="r"}]\n'))
    with pytest.raises(FatalError, match="more than one instrument named x"):
        instruments.__wrapped__(broken)
