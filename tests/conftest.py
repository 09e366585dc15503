"""Profiles and fixtures that every test may use."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests.kafka import kafka_settings, local_kafka, topic_prefix

__all__ = ["kafka_settings", "local_kafka", "topic_prefix"]

settings.register_profile("fast", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))
