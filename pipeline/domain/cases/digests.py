"""A name for what a set of policies says, the same in every process."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

from pipeline.domain.cases.policy import PolicySet


def policies_digest(policies: PolicySet) -> str:
    """Hexadecimal digest of everything that the policies say; the order of their sets does not matter."""
    return hashlib.sha256(_canonical(policies.policies).encode()).hexdigest()[:32]


def _canonical(value: Any) -> str:  # noqa: ANN401 - whatever a policy is made of
    if dataclasses.is_dataclass(value):
        parts = (f"{field.name}={_canonical(getattr(value, field.name))}" for field in dataclasses.fields(value))
        return f"{type(value).__name__}({','.join(parts)})"
    if isinstance(value, Mapping):
        return "{" + ",".join(sorted(f"{_canonical(key)}:{_canonical(each)}" for key, each in value.items())) + "}"
    if isinstance(value, (set, frozenset)):
        return "{" + ",".join(sorted(map(_canonical, value))) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_canonical, value)) + "]"
    return repr(value)
