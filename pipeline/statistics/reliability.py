"""Whether the items of an index measure one thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.statistics.estimate import DEFAULT_CONFIDENCE, Estimate, two_sided_z

ALPHA_METHOD: Final = "cronbach alpha, feldt"
OMEGA_METHOD: Final = "mcdonald omega, one factor"


def cronbach_alpha(
    items: Sequence[Sequence[float]] | NDArray[np.float64], confidence: float = DEFAULT_CONFIDENCE
) -> Estimate:
    """Cronbach's alpha (1951) of `items`, one row a respondent and one column an item, with Feldt's interval (1965).

    k/(k-1) · (1 - Σ var(item) / var(sum)). It can be negative, which says that items run against each other (is one
    of them worded the other way round?). Unknown where fewer than two people answered all items or nobody differs.

    Raises:
        ValueError: fewer than two items, or answers that are not finite.
    """
    answers = _answers(items)
    z_checked = two_sided_z(confidence)
    n, k = answers.shape
    total = answers.sum(axis=1).var(ddof=1) if n > 1 else 0.0
    if z_checked <= 0 or total <= 0:
        return Estimate(None, None, None, n, ALPHA_METHOD, confidence)
    value = k / (k - 1) * (1 - float(answers.var(axis=0, ddof=1).sum()) / float(total))
    from scipy import stats  # noqa: PLC0415 (half a second to import; the workers never come here)

    tail, df = (1 - confidence) / 2, (n - 1, (n - 1) * (k - 1))
    lo = 1 - (1 - value) * float(stats.f.ppf(1 - tail, *df))
    hi = 1 - (1 - value) * float(stats.f.ppf(tail, *df))
    return Estimate(value, lo, hi, n, ALPHA_METHOD, confidence)


def mcdonald_omega(items: Sequence[Sequence[float]] | NDArray[np.float64]) -> float | None:
    """McDonald's omega total of one common factor, fitted by statsmodels' principal axes on the correlations.

    (Σλ)² / ((Σλ)² + Σ(1-λ²)): reliability without alpha's assumption that all items weigh alike. None below three
    items, where one factor is not identified, below four respondents, or where an item does not vary.

    Raises:
        ValueError: fewer than two items, or answers that are not finite.
    """
    answers = _answers(items)
    n, k = answers.shape
    if k < 3 or n <= k or (answers.std(axis=0) == 0).any():
        return None
    from statsmodels.multivariate.factor import Factor  # noqa: PLC0415 (the same, and more)

    loadings = np.asarray(Factor(corr=np.corrcoef(answers, rowvar=False), n_factor=1, nobs=n).fit().loadings).ravel()
    common = float(loadings.sum()) ** 2
    return common / (common + float((1 - loadings**2).sum()))


def _answers(items: Sequence[Sequence[float]] | NDArray[np.float64]) -> NDArray[np.float64]:
    answers = np.asarray(items, dtype=float)
    if answers.ndim != 2 or answers.shape[1] < 2:
        raise ValueError("reliability is about two items or more: one row a respondent, one column an item")
    if not np.isfinite(answers).all():
        raise ValueError("leave out respondents who did not answer every item")
    return answers
