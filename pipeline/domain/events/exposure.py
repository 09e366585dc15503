"""How much business there was: the denominators of complaint rates."""

from __future__ import annotations

from typing import Annotated

import msgspec

from pipeline.domain.privacy import Instant, Plain, PlainCount, Privacy, QuasiIdentifiers, private


class ExposureReported(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Data of `vidhuk.exposure.reported.v1`: business done in `[period_start, period_end)`.

    A count of 0 says that there was none; saying nothing leaves it unknown. A later report of the same period and
    segment replaces an earlier one.
    """

    unit: Annotated[str, private(Privacy.PLAIN, pattern="^[a-z][a-z0-9_]{0,63}$")]
    """`transactions`, `customers`, `accounts`, or an organization's own."""
    count: PlainCount
    period_start: Instant
    period_end: Instant
    product: Plain | None = None
    channel: Plain | None = None
    attributes: QuasiIdentifiers = {}

    def __post_init__(self) -> None:
        if not self.period_start < self.period_end:
            raise ValueError("`period_end` must be after `period_start`")
