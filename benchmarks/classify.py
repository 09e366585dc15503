"""What a trained text model costs: loading, and texts per second and core with all its heads.

usage: python -m benchmarks.classify [MODEL]

Without MODEL a small one with five heads is trained on the simulator's texts first; what its answers are worth does
not matter here. Texts are the simulator's, brought to about 200 characters each.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.stages import text_of
from pipeline.classify.evaluation import documents_per_second
from pipeline.classify.features import hashed, text_buffers
from pipeline.classify.model import TextModel
from pipeline.simulator import simulate

TEXTS = 20_000
LETTERS = 200
HEADS = {"record_class": 5, "category": 12, "sentiment": 3, "severity": 3, "safety": 2}


def simulated_texts(wanted: int) -> list[str]:
    """That many texts of about `LETTERS` characters, shorter ones joined."""
    found: list[str] = []
    waiting = ""
    for chunk in simulate(wanted * 6, seed=3):
        for value in chunk.values:
            text = text_of(value)
            waiting = f"{waiting} {text}".strip() if text else waiting
            if len(waiting) >= LETTERS:
                found.append(waiting[:LETTERS])
                waiting = ""
            if len(found) == wanted:
                return found
    return found


def some_model(texts: list[str]) -> TextModel:
    """A model with as many heads and classes as the default one, of labels that mean nothing."""
    from pipeline.classify.training import TrainingOptions, train

    labels = {name: [str(sum(text.encode()) // 7 % classes) for text in texts] for name, classes in HEADS.items()}
    return train(texts, labels, TrainingOptions(name="bench", folds=2))


def main() -> None:
    """Print the figures that docs/classification.md holds."""
    texts = simulated_texts(TEXTS)
    with TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "bench.model"
        if len(sys.argv) == 1:
            some_model(texts[:2_000]).save(path)
        loads = []
        for _ in range(5):
            began = time.perf_counter()
            model = TextModel.load(path)
            loads.append(time.perf_counter() - began)
        size = path.stat().st_size
    print(f"{model.id}: {len(model.heads)} heads, {len(model.vocabulary.hashes):,} features, {size / 1e6:.1f} MB")
    print(f"loading                     {median(loads) * 1e3:10,.0f} ms")
    print(f"texts per second and core   {documents_per_second(model, texts):10,.0f}")
    buffers = text_buffers(texts)
    began = time.process_time()
    hashed(buffers, model.header.spec)
    print(f"  of which features alone   {len(texts) / (time.process_time() - began):10,.0f}")


if __name__ == "__main__":
    main()
