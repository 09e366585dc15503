"""The cases in memory as a table and back: events in the order of their cases, because a case is its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.domain.cases import columns as c
from pipeline.domain.cases.arrivals import Words
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
        pa.field("ended_key", pa.int64()),
        pa.field("ended_day", pa.int32()),
    ]
)
"""One row per event of a case in memory, and one per ended case that is remembered, of which only the last two columns
are filled. The numbers of `step`, `flags`, `outcome` and `class` are those of `columns`."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What belongs to the cases in memory beside their events."""

    policies: PolicySet
    words: Words
    merged_into: Mapping[int, str]
    ended_keys: NDArray[np.int64]
    ended_days: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Held:
    """What a snapshot held; events are in the order of their cases."""

    case_ids: pa.Array
    case_keys: NDArray[np.int64]
    whens: NDArray[np.int64]
    facts: NDArray[np.int32]
    merged_into: dict[int, str]
    ended_keys: NDArray[np.int64]
    ended_days: NDArray[np.int32]


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
        "ended_key": pa.nulls(len(events), pa.int64()),
        "ended_day": pa.nulls(len(events), pa.int32()),
    }
    in_memory = pa.table([pa.array(columns[name], SNAPSHOT.field(name).type) for name in SNAPSHOT.names], SNAPSHOT)
    ended = {"ended_key": pa.array(beside.ended_keys), "ended_day": pa.array(beside.ended_days)}
    count = len(beside.ended_keys)
    gone = pa.table([ended.get(field.name, pa.nulls(count, field.type)) for field in SNAPSHOT], SNAPSHOT)
    return pa.concat_tables([in_memory, gone])


def read_snapshot(snapshot: pa.Table, policies: PolicySet, words: Words) -> Held:
    """What `write_snapshot` wrote, under `policies`; products and channels are put into `words`.

    A version of a policy that there is no more gives way to the one that would be chosen now.
    """
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
        ended.column("ended_key").to_numpy(),
        ended.column("ended_day").to_numpy(),
    )


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
    names = about.column("policy").cast(pa.string()).combine_chunks().dictionary_encode()
    versions, version_of = np.unique(about.column("policy_version").to_numpy(), return_inverse=True)
    table = np.array(
        [
            [known.get((name, version), c.NONE) for version in versions.tolist()]
            for name in names.dictionary.to_pylist()
        ],
        np.int32,
    ).reshape(-1, len(versions))
    found = table[names.indices.to_numpy(), version_of]
    for at in np.flatnonzero(found == c.NONE).tolist():
        receipt = {name: about.column(name)[at].as_py() for name in ("product", "channel")}
        found[at] = policies.choose(receipt, int(whens[received[at], c.TIME]))
    chosen[received] = found
    return chosen


def _coded(words: list[str], numbers: NDArray[np.int32]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(numbers, mask=numbers < 0), pa.array(words, pa.string()))
