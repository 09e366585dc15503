from __future__ import annotations

import numpy as np

from pipeline.topics.grouping import Candidate, grouped


def a_candidate(words: str, *texts: int, p_value: float = 1e-9) -> Candidate:
    return Candidate(words, np.array(texts, np.int64), ordinary=1.0, p_value=p_value)


def test_what_a_topics_texts_explain_is_part_of_it_and_the_longest_common_phrase_names_it() -> None:
    twice = a_candidate("twice", *range(10), p_value=1e-12)
    charged_twice = a_candidate("charged twice", *range(9))
    rare = a_candidate("was charged twice", *range(5))
    kettle = a_candidate("kettle", *range(8, 20))
    topics = grouped([twice, charged_twice, rare, kettle])
    assert [(topic.name, topic.members) for topic in topics] == [(1, (0, 1, 2)), (3, (3,))]


def test_nothing_is_no_topic() -> None:
    assert grouped([]) == ()
