"""What became of an expectation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from expectations.rules import Severity


class Status(StrEnum):
    """Failed and unable to check are different news: one blames the rows, the other the check."""

    PASSED = "passed"
    FAILED = "failed"
    UNABLE_TO_CHECK = "unable_to_check"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation of one mart, looked at.

    `rows` were looked at and `failing` of them broke the rule. `samples` are keys of a few such rows, private parts
    masked; `detail` says what else there is to know. Neither holds text of feedback.
    """

    mart: str
    expectation: str
    severity: Severity
    status: Status
    rows: int = 0
    failing: int = 0
    samples: tuple[str, ...] = ()
    detail: str = ""

    @property
    def blocks(self) -> bool:
        """Whether nothing may be published because of it."""
        return self.severity is Severity.ERROR and self.status is not Status.PASSED

    @property
    def sentence(self) -> str:
        """The news in one line."""
        if self.status is Status.PASSED:
            return f"{self.mart}: {self.expectation}: holds for {self.rows:,} rows"
        if self.status is Status.UNABLE_TO_CHECK:
            return f"{self.mart}: {self.expectation}: could not be checked ({self.detail})"
        said = f"{self.mart}: {self.expectation}: broken"
        if self.failing:
            said += f" by {self.failing:,} of {self.rows:,} rows"
        if self.detail:
            said += f" ({self.detail})"
        if self.samples:
            said += f"; for example {'; '.join(self.samples)}"
        return said
