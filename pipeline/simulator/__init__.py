"""A seeded, deterministic company that produces feedback, with its ground truth."""

from pipeline.simulator.simulation import DEFAULT_DAYS, DEFAULT_START, simulate
from pipeline.simulator.truth import Incident, Label, Truth

__all__ = ["DEFAULT_DAYS", "DEFAULT_START", "Incident", "Label", "Truth", "simulate"]
