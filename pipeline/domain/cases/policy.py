"""All policies that are in force, and which of them a case begins under."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Final

from pipeline.domain.cases.policy_documents import policies_of
from pipeline.domain.cases.rules import Policy
from pipeline.domain.errors import UsageError

SHIPPED: Final = "internal.toml"
"""The document in force where nothing is configured."""


@dataclass(frozen=True, slots=True)
class PolicySet:
    """All policies with all their versions, in the order of their documents."""

    policies: tuple[Policy, ...]
    _versions: Mapping[str, tuple[int, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Order the versions of each name by the time from which they hold."""
        versions: dict[str, list[int]] = {}
        for at, policy in enumerate(self.policies):
            versions.setdefault(policy.name, []).append(at)
        ordered = {
            name: tuple(sorted(places, key=lambda at: (self._since(at), self.policies[at].version)))
            for name, places in versions.items()
        }
        object.__setattr__(self, "_versions", ordered)

    def choose(self, receipt: Mapping[str, str | None], received_us: int) -> int:
        """Position in `policies` of the one that a case received so and then begins under, and keeps.

        Of the versions in force at that time: the first that fits, before the one that is for all else. A time before
        a policy's first version counts as within it.
        """
        otherwise = -1
        for places in self._versions.values():
            found = bisect_right(places, received_us, key=self._since)
            at = places[max(found - 1, 0)]
            if not self.policies[at].applies:
                otherwise = at
            elif self.policies[at].fits(receipt):
                return at
        return otherwise

    def _since(self, at: int) -> int:
        since = self.policies[at].valid_from_us
        return -(1 << 62) if since is None else since


def load_policies(where: str | None = None) -> PolicySet:
    """The policies of a setting: a TOML file, a folder of them, or None for the one that Vidhuk ships.

    Raises `UsageError` as `read_policies`, or when there is nothing to read at `where`.
    """
    if where is None:
        return read_policies({SHIPPED: (resources.files(__package__) / "policies" / SHIPPED).read_text("utf-8")})
    path = Path(where).expanduser()
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    if not files:
        raise UsageError(f"Setting `policies`: the folder {path} holds no .toml file.")
    documents: dict[str, str] = {}
    for file in files:
        try:
            documents[str(file)] = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"Setting `policies`: {file} cannot be read as text: {error}.") from error
    return read_policies(documents)


def read_policies(documents: Mapping[str, str]) -> PolicySet:
    """The policies in TOML documents by their file names, in the order given; pure.

    Raises `UsageError` that names file and key of what cannot be understood.
    """
    policies = [policy for name, text in documents.items() for policy in policies_of(name, text)]
    where = ", ".join(documents)
    seen: set[tuple[str, int]] = set()
    for policy in policies:
        if (policy.name, policy.version) in seen:
            raise UsageError(
                f"{where}: policy {policy.name} has two versions {policy.version}; give one another number."
            )
        seen.add((policy.name, policy.version))
    general = {policy.name for policy in policies if not policy.applies}
    if len(general) != 1:
        found = ", ".join(sorted(general)) or "none"
        raise UsageError(f"{where}: exactly one policy must be without `applies`, for all other cases; found {found}.")
    (name,) = general
    if any(policy.applies for policy in policies if policy.name == name):
        raise UsageError(f"{where}: policy {name} has versions with and without `applies`; it must keep to one.")
    return PolicySet(tuple(policies))
