from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from streams.partitioning import partitions_of
from tests.shared_data import shared_data


def test_partitions_are_those_of_kafkas_java_client() -> None:
    kept = json.loads(shared_data("kafka/murmur2_vectors.json").read_text(encoding="utf-8"))
    keys = [bytes.fromhex(vector["key_hex"]) for vector in kept["vectors"]]
    assert partitions_of(keys, kept["partitions"]) == [vector["partition"] for vector in kept["vectors"]]


@given(st.lists(st.binary(max_size=40), max_size=60), st.integers(1, 50))
def test_a_batch_of_keys_goes_where_aiokafka_sends_each(keys: list[bytes], partitions: int) -> None:
    from aiokafka.partitioner import murmur2

    expected = [(murmur2(key) & 0x7FFFFFFF) % partitions for key in keys]
    assert partitions_of(keys, partitions) == expected


def test_no_keys_have_no_partitions() -> None:
    assert partitions_of([], 4) == []
