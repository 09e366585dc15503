"""What became of those who were asked, and the response rates that follow from it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from pipeline.statistics.estimate import DEFAULT_CONFIDENCE, Estimate
from pipeline.statistics.proportions import WILSON, wilson

RR1_METHOD: Final = f"aapor rr1, {WILSON}"
RR3_METHOD: Final = f"aapor rr3, {WILSON}"


@dataclass(frozen=True, slots=True)
class Dispositions:
    """Final dispositions of one wave, each person asked in exactly one (AAPOR, Standard Definitions).

    The first five are known to be eligible; for the `unknown_*` two nobody knows, and `ineligible` is known not to be.
    """

    complete: int = 0
    """I: answered."""
    partial: int = 0
    """P: answered in part."""
    refusal: int = 0
    """R: refused or broke off."""
    non_contact: int = 0
    """NC: eligible, never reached."""
    other: int = 0
    """O: eligible, no answer for another reason."""
    unknown_household: int = 0
    """UH: whether there is anybody eligible is not known (a bounced address, no reading receipt)."""
    unknown_other: int = 0
    """UO: eligibility unknown for another reason."""
    ineligible: int = 0
    """Known not to belong to the population."""

    def __post_init__(self) -> None:
        if any(getattr(self, field.name) < 0 for field in fields(self)):
            raise ValueError("a disposition is a count of people and cannot be negative")

    @property
    def eligible(self) -> int:
        """Known to be eligible: I + P + R + NC + O."""
        return self.complete + self.partial + self.refusal + self.non_contact + self.other

    @property
    def unknown(self) -> int:
        """Of unknown eligibility: UH + UO."""
        return self.unknown_household + self.unknown_other

    @property
    def asked(self) -> int:
        """Everybody in the wave."""
        return self.eligible + self.unknown + self.ineligible

    @property
    def eligibility(self) -> float | None:
        """`e`, the share of eligible among those whose eligibility is known; None where it is known of nobody."""
        known = self.eligible + self.ineligible
        return self.eligible / known if known else None


def response_rate_1(dispositions: Dispositions, confidence: float = DEFAULT_CONFIDENCE) -> Estimate:
    """RR1 in 0..1, the lowest of AAPOR's rates: complete answers among all who may be eligible.

    I / ((I + P) + (R + NC + O) + (UH + UO)). `n` is the denominator. "Answers / sent" is another figure: there the
    known-ineligible still count.

    >>> response_rate_1(Dispositions(300, 20, 80, 350, 10, 200, 40, ineligible=90)).value
    0.3
    """
    share = wilson(dispositions.complete, dispositions.eligible + dispositions.unknown, confidence)
    return Estimate(share.value, share.lo, share.hi, share.n, RR1_METHOD, confidence)


def response_rate_3(
    dispositions: Dispositions, eligibility: float | None = None, confidence: float = DEFAULT_CONFIDENCE
) -> Estimate:
    """RR3 in 0..1: as RR1, but of those whose eligibility is unknown only the share `eligibility` (e) counts.

    I / ((I + P) + (R + NC + O) + e(UH + UO)). By default e is the eligible share among those it is known of. `n` is
    the denominator, which need not be whole. Unknown where e is neither given nor known although it is needed.

    >>> round(response_rate_3(Dispositions(300, 20, 80, 350, 10, 200, 40, ineligible=90)).value, 4)
    0.3078

    Raises:
        ValueError: `eligibility` lies outside 0..1.
    """
    if eligibility is not None and not 0 <= eligibility <= 1:
        raise ValueError(f"the share of eligible people lies within 0..1, not {eligibility}")
    share = dispositions.eligibility if eligibility is None else eligibility
    if share is None:
        return Estimate(None, None, None, 0, RR3_METHOD, confidence)
    rate = wilson(dispositions.complete, dispositions.eligible + share * dispositions.unknown, confidence)
    return Estimate(rate.value, rate.lo, rate.hi, rate.n, RR3_METHOD, confidence)
