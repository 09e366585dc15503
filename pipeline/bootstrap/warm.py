"""`python -m pipeline.bootstrap.warm`: compile what runs as machine code, so that no later process has to wait for it.

Kept beside the sources, or in the user's cache folder; where it is kept already, this takes about a second. Set-up and
the image's build run it. Prints nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from pipeline.classify.text_classifier import TextClassifier
from pipeline.domain.cases.fold import CaseFold
from pipeline.domain.cases.policy import load_policies
from pipeline.domain.events.registry import FEEDBACK_SUBMITTED
from pipeline.domain.lake_tables import EVENTS
from pipeline.topics.counting import Texts
from pipeline.topics.emerging import LEAST_DAYS, emerging_phrases

_TEXTS: Final = ("The parcel never came, and nobody answers.", "Посилка так і не прийшла, ніхто не відповідає.")


def warm() -> None:
    """Classify a text of each language with the shipped model, count phrases, and fold, keep and take up a case."""
    TextClassifier.default().classify(list(_TEXTS), [None] * len(_TEXTS))
    said = Texts(0, pa.array(_TEXTS), np.zeros(len(_TEXTS), np.int32))
    emerging_phrases([said], ["en"], date(2026, 1, 1), LEAST_DAYS)
    policies = load_policies()
    fold = CaseFold(policies)
    fold.fold(_a_case())
    CaseFold.load(policies, fold.snapshot()).due(0, 1)


def _a_case() -> pa.Table:
    """A complaint and its closing, the later first so that the case is folded again."""
    types = ["vidhuk.complaint.closed.v1", FEEDBACK_SUBMITTED]
    said = {"type": types, "case_id": ["C-1"] * 2, "record_class": [None, "complaint"], "event_key": [1, 2]}
    said |= {name: ["warm"] * 2 for name in ("id", "source", "inbox_log", "log")}
    said |= {"time": [2, 1], "recordedtime": [3, 4], "offset": [0, 1], "inbox_offset": [0, 1]}
    said |= {name: np.zeros(2, np.int32) for name in ("partition", "inbox_partition")}
    columns = [pa.array(said[each.name], each.type) if each.name in said else pa.nulls(2, each.type) for each in EVENTS]
    return pa.table(columns, EVENTS)


if __name__ == "__main__":
    warm()
