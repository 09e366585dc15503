"""The cases in memory as a table and back: events in the order of their cases, because a case is its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.domain.cases import columns as c
from pipeline.domain.cases.arrivals import Words
from pipeline.domain.cases.digests import policies_digest
from pipeline.domain.cases.memory import Memory
from pipeline.domain.cases.policy import PolicySet
from pipeline.domain.identity import case_keys

_WORD: Final = pa.dictionary(pa.int32(), pa.string())
_WHENS: Final = {"event_key": c.KEY, "time": c.TIME, "sequence": c.SEQUENCE, "known_at": c.KNOWN}
_FACTS: Final = {
    "step": c.STEP,
    "flags": c.FLAGS,
    "severity": c.SEVERITY,
    "impact": c.IMPACT,
    "complexity": c.COMPLEXITY,
    "outcome": c.OUTCOME,
    "class": c.CLASS,
}

SNAPSHOT: Final = pa.schema(
    [
        pa.field("case_id", pa.string()),
        *(pa.field(name, pa.int64()) for name in _WHENS),
        *(pa.field(name, pa.int32()) for name in _FACTS),
        pa.field("product", _WORD),
        pa.field("channel", _WORD),
        pa.field("policy", _WORD),
        pa.field("policy_version", pa.int32()),
        pa.field("merged_into", pa.string()),
        pa.field("came_to", pa.binary()),
        pa.field("ended_key", pa.int64()),
        pa.field("ended_day", pa.int32()),
    ]
)
"""One row per event of a case in memory, and one per ended case that is remembered, of which only the last two columns
are filled. The numbers of `step`, `flags`, `outcome` and `class` are those of `columns`.

`came_to` stands in the last row of each case: where its events led, as the arrays of `Store` hold it. It saves folding
them again, and counts only for the same code and policies, which the schema's metadata names.
"""

_MADE_BY: Final = b"made_by"
_WORDS: Final = b"words"
_WHOLE: Final = b"remembers_all_that_ended"


@dataclass(frozen=True, slots=True)
class Ended:
    """Cases that ended and left memory."""

    keys: NDArray[np.int64]
    days: NDArray[np.int32]
    is_whole: bool
    """Whether it is all that ever did."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What belongs to the cases in memory beside their events."""

    policies: PolicySet
    words: Words
    merged_into: Mapping[int, str]
    ended: Ended


@dataclass(frozen=True, slots=True)
class Held:
    """What a snapshot held; events are in the order of their cases."""

    case_ids: pa.Array
    case_keys: NDArray[np.int64]
    whens: NDArray[np.int64]
    facts: NDArray[np.int32]
    merged_into: dict[int, str]
    ended: Ended
    came_to: CameTo | None
    """None where the events have to be folded again."""


@dataclass(frozen=True, slots=True)
class CameTo:
    """Where the events of each case led, in the order of the cases: `Store.states` and `Store.clocks`."""

    states: NDArray[np.int64]
    clocks: NDArray[np.int64]


def write_snapshot(memory: Memory, beside: Remembered) -> pa.Table:
    """The table of all cases in memory and all ended ones that are remembered."""
    cases, store = memory.cases(), memory.store
    events = memory.events_of(cases)
    whens, facts = store.whens[events], store.facts[events]
    of_case = np.repeat(np.arange(len(cases)), store.lengths[cases])
    policies = beside.policies.policies
    chosen = facts[:, c.POLICY]
    versions = np.array([*(policy.version for policy in policies), 0], np.int32)
    into = [beside.merged_into.get(key) for key in whens[:, c.KEY].tolist()] if beside.merged_into else None
    columns = {
        "case_id": pa.array(memory.ids(cases), pa.string()).take(pa.array(of_case)),
        **{name: whens[:, at] for name, at in _WHENS.items()},
        **{name: facts[:, at] for name, at in _FACTS.items()},
        "product": _coded(beside.words.all, facts[:, c.PRODUCT]),
        "channel": _coded(beside.words.all, facts[:, c.CHANNEL]),
        "policy": _coded([policy.name for policy in policies], chosen),
        "policy_version": pa.array(versions[chosen], mask=chosen == c.NONE),
        "merged_into": pa.nulls(len(events), pa.string()) if into is None else pa.array(into, pa.string()),
        "came_to": _came_to(store, cases),
        "ended_key": pa.nulls(len(events), pa.int64()),
        "ended_day": pa.nulls(len(events), pa.int32()),
    }
    in_memory = pa.table([pa.array(columns[name], SNAPSHOT.field(name).type) for name in SNAPSHOT.names], SNAPSHOT)
    ended = {"ended_key": pa.array(beside.ended.keys), "ended_day": pa.array(beside.ended.days)}
    count = len(beside.ended.keys)
    gone = pa.table([ended.get(field.name, pa.nulls(count, field.type)) for field in SNAPSHOT], SNAPSHOT)
    said = {_MADE_BY: _made_by(beside.policies, store.clocks.shape[1]), _WORDS: msgspec.json.encode(beside.words.all)}
    said[_WHOLE] = b"yes" if beside.ended.is_whole else b"no"
    return pa.concat_tables([in_memory, gone]).replace_schema_metadata(said)


def read_snapshot(snapshot: pa.Table, policies: PolicySet, words: Words) -> Held:
    """What `write_snapshot` wrote, under `policies`; products and channels are put into `words`.

    A version of a policy that there is no more gives way to the one that would be chosen now.
    """
    said = snapshot.schema.metadata or {}
    words.numbers(pa.chunked_array([msgspec.json.decode(said.get(_WORDS, b"[]"), type=list[str])], pa.string()))
    ended = snapshot.filter(pc.is_valid(snapshot.column("ended_key")))
    rows = snapshot.filter(pc.is_null(snapshot.column("ended_key")))
    whens = np.empty((rows.num_rows, c.WHENS), np.int64)
    for name, at in _WHENS.items():
        whens[:, at] = rows.column(name).to_numpy()
    facts = np.empty((rows.num_rows, c.FACTS), np.int32)
    for name, at in _FACTS.items():
        facts[:, at] = rows.column(name).to_numpy()
    facts[:, c.PRODUCT] = words.numbers(rows.column("product").cast(pa.string()))
    facts[:, c.CHANNEL] = words.numbers(rows.column("channel").cast(pa.string()))
    facts[:, c.POLICY] = _policies(rows, whens, facts, policies)
    ids = rows.column("case_id").combine_chunks()
    coded = ids.dictionary_encode()
    keys = case_keys(coded.dictionary.to_pylist())
    merged = rows.filter(pc.is_valid(rows.column("merged_into")))
    return Held(
        ids,
        keys[coded.indices.to_numpy()] if len(coded) else keys,
        whens,
        facts,
        dict(zip(merged.column("event_key").to_pylist(), merged.column("merged_into").to_pylist(), strict=True)),
        Ended(ended.column("ended_key").to_numpy(), ended.column("ended_day").to_numpy(), said.get(_WHOLE) == b"yes"),
        _read_came_to(rows.column("came_to"), policies) if _is_made_by(said, policies) else None,
    )


def _made_by(policies: PolicySet, clocks: int) -> bytes:
    """What `came_to` holds only for."""
    return f"{c.DIGEST}/{clocks}/{policies_digest(policies)}".encode()


def _is_made_by(said: Mapping[bytes, bytes], policies: PolicySet) -> bool:
    return said.get(_MADE_BY) == _made_by(policies, _clocks_of(policies))


def _clocks_of(policies: PolicySet) -> int:
    return max(1, *(len(policy.clocks) for policy in policies.policies))


def _came_to(store: c.Store, cases: NDArray[np.int64]) -> pa.Array:
    """The state and the clocks of each case as bytes, in the row of its last event."""
    lengths = store.lengths[cases]
    clocks = store.clocks.shape[1] * c.CLOCK_COLUMNS
    flat = np.concatenate([store.states[cases], store.clocks[cases].reshape(len(cases), clocks)], axis=1)
    width = flat.shape[1] * flat.itemsize
    each = pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(cases), [None, pa.py_buffer(flat.tobytes())])
    of_row = np.full(int(lengths.sum()), c.NONE, np.int64)
    of_row[np.cumsum(lengths)[lengths > 0] - 1] = np.flatnonzero(lengths > 0)
    return each.take(pa.array(of_row, mask=of_row == c.NONE)).cast(pa.binary())


def _read_came_to(column: pa.ChunkedArray, policies: PolicySet) -> CameTo:
    each = column.drop_null()
    clocks = _clocks_of(policies)
    width = c.STATE_COLUMNS + clocks * c.CLOCK_COLUMNS
    flat = np.frombuffer(b"".join(each.to_pylist()), np.int64).reshape(len(each), width)
    by_clock = flat[:, c.STATE_COLUMNS :].reshape(len(each), clocks, c.CLOCK_COLUMNS)
    return CameTo(flat[:, : c.STATE_COLUMNS], by_clock)


def _policies(
    rows: pa.Table, whens: NDArray[np.int64], facts: NDArray[np.int32], policies: PolicySet
) -> NDArray[np.int32]:
    """Positions of the policies that receipts name; of one that is no more, the position of its successor."""
    known = {(policy.name, policy.version): at for at, policy in enumerate(policies.policies)}
    received = np.flatnonzero(facts[:, c.STEP] == c.RECEIVED)
    chosen = np.full(len(facts), c.NONE, np.int32)
    if not len(received):
        return chosen
    about = rows.select(["policy", "policy_version", "product", "channel"]).take(pa.array(received))
    names, versions = about.column("policy").cast(pa.string()), about.column("policy_version")
    found = np.full(len(received), c.NONE, np.int32)
    for (name, version), at in known.items():
        is_it = pc.and_(pc.equal(names, name), pc.equal(versions, version))
        found[pc.fill_null(is_it, fill_value=False).to_numpy()] = at
    gone = np.flatnonzero(found == c.NONE)
    moments = whens[received[gone], c.TIME].tolist()
    receipts = about.take(pa.array(gone)).to_pylist()
    found[gone] = [policies.choose(each, moment) for each, moment in zip(receipts, moments, strict=True)]
    chosen[received] = found
    return chosen


def _coded(words: list[str], numbers: NDArray[np.int32]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(numbers, mask=numbers < 0), pa.array(words, pa.string()))
