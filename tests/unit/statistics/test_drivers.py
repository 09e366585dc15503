from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.statistics.drivers import MOST_DRIVERS, Drivers, TooFew, drivers, fewest_answers, lmg_shares


def survey(n: int, seed: int = 5) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    chance = np.random.default_rng(seed)
    speed, price, music = chance.normal(size=(3, n))
    return 2 * speed + price + chance.normal(size=n), {"price": price, "speed": speed, "music": music}


def plain(aspects: dict[str, NDArray[np.float64]]) -> dict[str, list[float]]:
    return {name: [float(value) for value in each] for name, each in aspects.items()}


def found(n: int = 400, **options: int) -> Drivers:
    outcome, aspects = survey(n)
    result = drivers(outcome.tolist(), plain(aspects), **options)
    assert isinstance(result, Drivers)
    return result


def test_importances_sum_to_r_squared_and_lead_with_the_strongest() -> None:
    result = found(draws=200)
    assert sum(each.importance for each in result.drivers) == pytest.approx(result.r_squared, abs=1e-9)
    assert [each.name for each in result.drivers] == ["speed", "price", "music"]
    outcome, aspects = survey(400)
    design = np.column_stack([np.ones(400), *aspects.values()])
    residual = outcome - design @ np.linalg.lstsq(design, outcome, rcond=None)[0]
    assert result.r_squared == pytest.approx(1 - residual.var() / outcome.var(), abs=1e-9)


def test_independent_drivers_get_their_own_r_squared() -> None:
    shares = lmg_shares(np.array([[1, 0, 0.5], [0, 1, 0.3], [0.5, 0.3, 1]]))
    assert shares.tolist() == pytest.approx([0.25, 0.09])


def test_chance_explains_the_idle_aspect_and_not_the_others() -> None:
    by_name = {each.name: each for each in found(draws=200).drivers}
    assert by_name["speed"].null_p == pytest.approx(1 / 201)
    assert by_name["music"].null_p > 0.05
    assert by_name["speed"].lo < by_name["speed"].importance < by_name["speed"].hi


def test_equal_seeds_give_equal_answers() -> None:
    assert found(draws=50, seed=3) == found(draws=50, seed=3)
    assert found(draws=50, seed=3) != found(draws=50, seed=4)


def test_too_few_answers_are_refused_with_the_rule() -> None:
    outcome, aspects = survey(fewest_answers(3) - 1)
    result = drivers(outcome.tolist(), plain(aspects))
    assert isinstance(result, TooFew)
    assert (result.n, result.needed) == (106, 107)
    assert "Green" in result.reason


def test_collinear_aspects_are_named_in_a_note() -> None:
    outcome, aspects = survey(400)
    twin = aspects["speed"] + np.random.default_rng(1).normal(size=400) * 0.2
    result = drivers(outcome.tolist(), {**plain(aspects), "haste": twin.tolist()}, draws=20)
    assert isinstance(result, Drivers)
    assert "speed" in result.note
    assert "haste" in result.note
    assert "music" not in result.note
    assert found(draws=20).note == ""


def test_what_cannot_be_shared_out_is_refused_by_name() -> None:
    outcome, aspects = survey(400)
    with pytest.raises(ValueError, match="speed, double"):
        drivers(outcome.tolist(), {**plain(aspects), "double": (2 * aspects["speed"]).tolist()})
    with pytest.raises(ValueError, match="idle does not vary"):
        drivers(outcome.tolist(), {**plain(aspects), "idle": [1.0] * 400})
    with pytest.raises(ValueError, match="leave incomplete"):
        drivers(outcome.tolist(), {"speed": [*aspects["speed"][:-1].tolist(), float("nan")]})
    with pytest.raises(ValueError, match=f"1 to {MOST_DRIVERS}"):
        lmg_shares(np.eye(MOST_DRIVERS + 2))
