"""Rows of `events` as the fold takes them: which are steps of a case, and what they say, as integers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.domain.cases import columns as c
from pipeline.domain.cases.lifecycle import Step
from pipeline.domain.cases.policy import PolicySet
from pipeline.domain.cases.rules import FIELDS
from pipeline.domain.events.registry import FEEDBACK_SUBMITTED
from pipeline.domain.identity import case_keys
from pipeline.domain.taxonomy import RecordClass

OUTCOMES: Final = ("upheld", "partly_upheld", "rejected", "redress_without_acceptance", "other")
"""What a decision can be, as `events.complaint.Outcome` has it."""
CLASSES: Final = tuple(RecordClass)

_STEPS: Final = {FEEDBACK_SUBMITTED: 0} | {
    f"vidhuk.complaint.{step.value}.v1": at for at, step in enumerate(Step) if step is not Step.RECEIVED
}
_YES: Final = frozenset({"true", "yes", "1"})
_NO_STEP: Final = -1
_COMPLAINT: Final = RecordClass.COMPLAINT.value
_MAX_SEQUENCE: Final = (1 << 63) - 1


class _Said(msgspec.Struct, frozen=True, gc=False):
    """What any step may say that changes its case; each step's own struct has allowed it only what is its."""

    severity: int = 0
    impact: int | None = None
    complexity: int | None = None
    safety: bool = False
    immediate_action_needed: bool = False
    immediate_action_possible: bool | None = None
    outcome: str | None = None
    recourse_told: bool = False
    record_class: str | None = None
    into_case_id: str | None = None
    attributes: dict[str, str | None] = {}


_read: Final = msgspec.json.Decoder(_Said).decode
_sequence_of: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Words:
    """Numbers for the few different words of a column, in the order in which they first came."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._numbers: dict[str, int] = {}

    def numbers(self, values: pa.ChunkedArray) -> NDArray[np.int32]:
        """The number of each value; -1 for null."""
        coded = values.combine_chunks().dictionary_encode()
        known = [self._number(word) for word in coded.dictionary.to_pylist()]
        indices = coded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
        numbers: NDArray[np.int32] = np.array([*known, c.NONE], np.int32)[indices]
        return numbers

    def _number(self, word: str) -> int:
        number = self._numbers.setdefault(word, len(self.all))
        if number == len(self.all):
            self.all.append(word)
        return number


@dataclass(frozen=True, slots=True)
class Steps:
    """Which rows of a table are steps of cases; all columns are equally long and in the rows' order."""

    rows: NDArray[np.int64]
    """Positions in the table."""
    steps: NDArray[np.int32]
    """Positions in `Step`."""
    case_ids: pa.Array
    case_keys: NDArray[np.int64]
    known_us: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What the steps say, as columns of `Store.whens` and `Store.facts`, and into which case merging events go."""

    whens: NDArray[np.int64]
    facts: NDArray[np.int32]
    merged_into: dict[int, str]


def steps_of(events: pa.Table) -> Steps:
    """The steps of cases among rows of `lake_tables.EVENTS`: complaints received, and what happened to complaints."""
    kinds = events.column("type").combine_chunks().dictionary_encode()
    of_kind = np.array([*(_STEPS.get(name, _NO_STEP) for name in kinds.dictionary.to_pylist()), _NO_STEP], np.int32)
    steps = of_kind[kinds.indices.to_numpy(zero_copy_only=False)] if len(kinds) else np.empty(0, np.int32)
    complaint = pc.equal(events.column("record_class"), _COMPLAINT).fill_null(fill_value=False)
    wanted = (steps != _NO_STEP) & ((steps != c.RECEIVED) | complaint.to_numpy())
    wanted &= pc.is_valid(events.column("case_id")).to_numpy()
    rows = np.flatnonzero(wanted)
    ids = events.column("case_id").combine_chunks().take(pa.array(rows))
    coded = ids.dictionary_encode()
    keys = case_keys(coded.dictionary.to_pylist())
    known: NDArray[np.int64] = events.column("recordedtime").cast(pa.int64()).to_numpy()
    return Steps(rows, steps[rows], ids, keys[coded.indices.to_numpy()] if len(rows) else keys, known[rows])


def read_arrivals(events: pa.Table, steps: Steps, policies: PolicySet, words: Words) -> Arrivals:
    """What the steps of `events` say. New products and channels are put into `words`."""
    rows = events.select(_LOOKED_AT).take(pa.array(steps.rows))  # what customers wrote is no concern of a case's life
    whens = np.empty((len(steps.rows), c.WHENS), np.int64)
    whens[:, c.KEY] = rows.column("event_key").to_numpy()
    whens[:, c.TIME] = rows.column("time").cast(pa.int64()).to_numpy()
    whens[:, c.SEQUENCE] = _sequences(rows.column("extensions"))
    whens[:, c.KNOWN] = steps.known_us
    facts = np.zeros((len(steps.rows), c.FACTS), np.int32)
    facts[:, c.STEP] = steps.steps
    facts[:, c.POLICY] = _policies(rows, steps.steps, whens[:, c.TIME], policies)
    facts[:, c.PRODUCT] = words.numbers(rows.column("product"))
    facts[:, c.CHANNEL] = words.numbers(rows.column("channel"))
    facts[:, [c.OUTCOME, c.CLASS]] = c.NONE
    facts[:, c.FLAGS] = rows.column("safety").fill_null(fill_value=False).to_numpy().astype(np.int32) * c.SAYS_SAFETY
    return Arrivals(whens, facts, _take_data(rows, steps, whens, facts))


def _sequences(extensions: pa.ChunkedArray) -> NDArray[np.int64]:
    """The extension `sequence` as a number; -1 where it is absent or is none."""
    found = np.full(len(extensions), c.NONE, np.int64)
    for at in _containing(extensions, '"sequence"'):
        raw = bytes(_sequence_of(extensions[at].as_py()).get("sequence", b""))
        digits = raw.strip(b'"')
        if digits.isdigit() and len(digits) < 20 and int(digits) <= _MAX_SEQUENCE:
            found[at] = int(digits)
    return found


def _containing(texts: pa.ChunkedArray, part: str) -> Sequence[int]:
    has = pc.match_substring(texts, part).fill_null(fill_value=False)
    positions: list[int] = np.flatnonzero(has.to_numpy()).tolist()
    return positions


def _policies(
    rows: pa.Table, steps: NDArray[np.int32], times_us: NDArray[np.int64], policies: PolicySet
) -> NDArray[np.int32]:
    """The policy that each receipt puts its case under; none for other steps."""
    received = np.flatnonzero(steps == c.RECEIVED)
    chosen = np.full(len(steps), c.NONE, np.int32)
    if len(policies.policies) == 1:
        chosen[received] = 0
        return chosen
    receipts = rows.select(FIELDS).take(pa.array(received)).to_pylist()
    chosen[received] = [
        policies.choose(receipt, moment) for receipt, moment in zip(receipts, times_us[received].tolist(), strict=True)
    ]
    return chosen


_LOOKED_AT: Final = sorted({"event_key", "time", "extensions", "product", "channel", "safety", "data", *FIELDS})
_MAY_TELL: Final = {c.CLOSED: ("outcome",), c.RECEIVED: ("vulnerable", "reportable")}
"""Steps whose data matters where it names one of these."""
_ALWAYS_TELLS: Final = [c.ASSESSED, c.DECISION, c.REJECTED, c.RECLASSIFIED, c.MERGED]


def _take_data(rows: pa.Table, steps: Steps, whens: NDArray[np.int64], facts: NDArray[np.int32]) -> dict[int, str]:
    """Read into `facts` what `data` says where it can matter; for merging events, the case they go into."""
    telling = np.isin(steps.steps, _ALWAYS_TELLS)
    data = rows.column("data").combine_chunks()
    for step, names in _MAY_TELL.items():
        rows_of_step = np.flatnonzero(steps.steps == step)
        telling[rows_of_step] = _naming(data.take(pa.array(rows_of_step)), names)
    telling &= pc.is_valid(data).to_numpy(zero_copy_only=False)
    at = np.flatnonzero(telling)
    said = [_read(text) for text in data.take(pa.array(at)).to_pylist()]
    facts[at, c.FLAGS] |= np.array([_flags(each) for each in said], np.int32)
    _fill(facts, at, said, c.ASSESSED, c.SEVERITY, lambda each: each.severity)
    _fill(facts, at, said, c.ASSESSED, c.IMPACT, lambda each: each.impact or 0)
    _fill(facts, at, said, c.ASSESSED, c.COMPLEXITY, lambda each: each.complexity or 0)
    for step in (c.DECISION, c.CLOSED):
        _fill(facts, at, said, step, c.OUTCOME, lambda each: _position(OUTCOMES, each.outcome))
    _fill(facts, at, said, c.RECLASSIFIED, c.CLASS, lambda each: _position(CLASSES, each.record_class))
    merging = np.flatnonzero(steps.steps[at] == c.MERGED).tolist()
    into = {int(whens[at[each], c.KEY]): said[each].into_case_id or "" for each in merging}
    itself = [each for each in merging if said[each].into_case_id == steps.case_ids[at[each]].as_py()]
    facts[at[itself], c.FLAGS] |= c.INTO_ITSELF
    return into


def _naming(texts: pa.Array, names: Sequence[str]) -> NDArray[np.bool_]:
    """Which JSON texts hold one of these names, wherever."""
    found = np.zeros(len(texts), np.bool_)
    for name in names:
        has = pc.match_substring(texts, f'"{name}"').fill_null(fill_value=False)
        found |= has.to_numpy(zero_copy_only=False)
    return found


def _fill(
    facts: NDArray[np.int32],
    at: NDArray[np.int64],
    said: Sequence[_Said],
    step: int,
    column: int,
    value: Callable[[_Said], int],
) -> None:
    """Set one column of the rows of one step."""
    mine = np.flatnonzero(facts[at, c.STEP] == step)
    facts[at[mine], column] = [value(said[each]) for each in mine.tolist()]


def _position(words: Sequence[str], word: str | None) -> int:
    return words.index(word) if word in words else c.NONE


def _flags(said: _Said) -> int:
    """The bits of FLAGS that an event's data sets."""
    flags = (
        c.SAYS_SAFETY * said.safety
        | c.NEEDS_ACTION * said.immediate_action_needed
        | c.POSSIBLE_ACTION * (said.immediate_action_possible is not False)
        | c.TELLS_RECOURSE * said.recourse_told
        | c.STILL_COMPLAINT * (said.record_class == _COMPLAINT)
    )
    if said.attributes:
        for name, flag in (("vulnerable", c.SAYS_VULNERABLE), ("reportable", c.SAYS_REPORTABLE)):
            if (said.attributes.get(name) or "").strip().lower() in _YES:
                flags |= flag
    return flags
