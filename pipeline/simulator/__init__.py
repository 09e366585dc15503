"""A seeded, deterministic company that produces feedback, with its ground truth."""
