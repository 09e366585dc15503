"""What is asked, as data: instruments with their scale, wording, mode and scores. Read from `instruments.toml`."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from pipeline.domain.errors import FatalError

INSTRUMENTS_FILE: Final = Path(__file__).with_name("instruments.toml")
ScoreKind = Literal["share", "net", "mean"]
_UNIT: Final = "\x1f"  # the unit separator, which no wording holds


class Score(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One score of an instrument: which answers are favourable or not, both ends included, and the rule in words."""

    name: str
    kind: ScoreKind
    rule: str
    favourable: tuple[int, int] | None = None
    unfavourable: tuple[int, int] | None = None


class Instrument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question on one scale, in one wording (by language) and mode.

    `instrument` is the word that events carry. A direct measure always: signs of satisfaction are no instruments.
    """

    name: str
    instrument: str
    scale: tuple[int, int]
    mode: str
    wording: dict[str, str]
    scores: tuple[Score, ...]
    pretest: str | None = None
    """When and on whom the question was tried out; None where it was not."""

    def __post_init__(self) -> None:
        low, high = self.scale
        if not low < high or not self.wording or not self.scores:
            raise ValueError(f"instrument `{self.name}` needs a scale that rises, a wording and a score")
        for score in self.scores:
            _check(self.name, score, low, high)

    @property
    def series(self) -> str:
        """Sixteen hexadecimal digits over scale, wording and mode: another one of any is another series."""
        words = _UNIT.join(f"{language}{_UNIT}{text}" for language, text in sorted(self.wording.items()))
        return series_id(self.instrument, *self.scale, words, self.mode)


def series_id(instrument: str, scale_min: int, scale_max: int, wording: str | None, mode: str | None) -> str:
    """The series of answers to an instrument on this scale, in this wording and mode; what is not stated is empty.

    The first 16 digits of SHA-256, as `fct_survey_response` makes them.
    """
    parts = (instrument, str(scale_min), str(scale_max), wording or "", mode or "")
    return hashlib.sha256(_UNIT.join(parts).encode()).hexdigest()[:16]


@cache
def instruments(path: Path = INSTRUMENTS_FILE) -> tuple[Instrument, ...]:
    """All instruments of a TOML file, in its order.

    Raises `FatalError` naming the file and what is wrong in it: a score that is off its scale, a name used twice.
    """
    found = read_registry(path, "instrument", Instrument)
    twice = {each.name for each in found if sum(other.name == each.name for other in found) > 1}
    if twice:
        raise FatalError(f"{path.name} has more than one instrument named {', '.join(sorted(twice))}.")
    return found


def read_registry(path: Path, table: str, kind: type[Any]) -> tuple[Any, ...]:
    """The array of tables `table` of a TOML file, each as a `kind`. Raises `FatalError` naming the file."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=dict[str, tuple[kind, ...]])[table]  # type: ignore[valid-type]  # a struct known at run time
    except (OSError, msgspec.MsgspecError, KeyError) as error:
        raise FatalError(f"{path} cannot be read as a list of `{table}`: {error}.") from error


def _check(name: str, score: Score, low: int, high: int) -> None:
    needed = {"share": (True, False), "net": (True, True), "mean": (False, False)}[score.kind]
    if (score.favourable is not None, score.unfavourable is not None) != needed:
        raise ValueError(f"score `{score.name}` of `{name}` is a {score.kind} and names the wrong answers for one")
    for span in (score.favourable, score.unfavourable):
        if span is not None and not low <= span[0] <= span[1] <= high:
            raise ValueError(f"score `{score.name}` of `{name}` counts answers off the scale {low}-{high}")
