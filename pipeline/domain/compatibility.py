"""Which changes between two sets of schemas would refuse what channels send today, or take away what readers use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


def breaking_changes(old: Mapping[str, Schema], new: Mapping[str, Schema]) -> list[str]:
    """One sentence per change that breaks, in order; empty when every old event is still valid and complete."""
    sentences: list[str] = []
    for name, schema in old.items():
        if name in new:
            sentences.extend(f"{name}: {said}." for said in _Comparison(schema, new[name]).changes())
        else:
            sentences.append(f"{name}: the type was removed.")
    return sentences


class _Comparison:
    """Two schemas of one type, walked side by side."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new

    def changes(self) -> list[str]:
        return list(self._compare(self._old, self._new, "$"))

    def _compare(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        before, after = self._variants(old, self._old), self._variants(new, self._new)
        for kind, variant in before.items():
            wider = after.get(kind) or (after.get("number") if kind == "integer" else None) or after.get("any")
            if wider is None:
                yield f"`{path}` no longer takes {kind}"
            else:
                yield from self._narrowed(variant, wider, path)
                yield from self._members(variant, wider, path)

    def _variants(self, schema: Schema, root: Schema) -> dict[str, Schema]:
        """The kinds of value that a schema takes, each with its own rules."""
        while "$ref" in schema:
            name = str(schema["$ref"]).rsplit("/", 1)[-1]
            schema = {**root["$defs"][name], **{key: value for key, value in schema.items() if key != "$ref"}}
        if "anyOf" in schema:
            found: dict[str, Schema] = {}
            for part in schema["anyOf"]:
                found.update(self._variants(part, root))
            return found
        kinds = schema.get("type", "string" if "enum" in schema else "any")
        return dict.fromkeys([kinds] if isinstance(kinds, str) else kinds, schema)

    def _narrowed(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        if "enum" in new and not (gone := set(old.get("enum", ["anything else"])) - set(new["enum"])) <= set():
            yield f"`{path}` no longer takes {', '.join(sorted(map(str, gone)))}"
        if "const" in new and new["const"] != old.get("const"):
            yield f"`{path}` takes one value only, which it did not"
        for rule in _LOWER:
            if rule in new and (rule not in old or new[rule] > old[rule]):
                yield f"`{path}` has a higher {rule}"
        for rule in _UPPER:
            if rule in new and (rule not in old or new[rule] < old[rule]):
                yield f"`{path}` has a lower {rule}"
        for rule in ("pattern", "format"):
            if rule in new and new[rule] != old.get(rule):
                yield f"`{path}` has another {rule}"

    def _members(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, schema in before.items():
            if name in after:
                yield from self._compare(schema, after[name], f"{path}.{name}")
            else:
                yield f"`{path}.{name}` was removed"
        for name in new.get("required", []):
            if name not in old.get("required", []):
                yield f"`{path}.{name}` became required"
        for rule, step in (("items", "[]"), ("additionalProperties", ".*"), ("propertyNames", ".(name)")):
            inner, outer = old.get(rule, {}), new.get(rule, {})
            if isinstance(inner, Mapping) and isinstance(outer, Mapping) and outer:
                yield from self._compare(inner or {"type": "any"}, outer, f"{path}{step}")
