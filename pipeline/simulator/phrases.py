"""The phrase banks: small grammars in TOML, spelt out into every sentence they can make."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from itertools import product
from typing import NamedTuple

from pipeline.domain.taxonomy import Category, RecordClass

Bank = tuple[tuple[str, ...], ...]
"""Per grammar rule, every sentence it makes; slots such as `{n}` are still open."""


class Phrases(NamedTuple):
    """All banks of one language."""

    core: dict[tuple[RecordClass, Category], Bank]
    incident: Bank
    detail: dict[RecordClass, Bank]
    ask: dict[RecordClass, Bank]
    greeting: Bank
    closing: Bank
    call: Bank
    switch: Bank
    slots: dict[str, tuple[str, ...]]
    products: dict[str, dict[str, str]]
    """Per product, its forms by slot name."""


@cache
def phrases(language: str) -> Phrases:
    """Every bank of a language (`en`, `uk`), read once."""
    source = files("pipeline.simulator").joinpath(f"phrases_{language}.toml")
    banks = tomllib.loads(source.read_text(encoding="utf-8"))
    frame = banks["frame"]
    forms = ("p", "acc", "gen")
    return Phrases(
        core={
            (record_class, Category(category)): _bank(rules)
            for record_class in RecordClass
            for category, rules in banks[record_class.value].items()
        },
        incident=_bank(banks["incident"]["complaint"]),
        detail={RecordClass(name): _bank(rules) for name, rules in banks["detail"].items()},
        ask={RecordClass(name): _bank(rules) for name, rules in banks["ask"].items()},
        greeting=_bank(frame["greeting"]),
        closing=_bank(frame["closing"]),
        call=_bank(frame["call"]),
        switch=_bank(frame["switch"]),
        slots={name: tuple(words) for name, words in banks["slots"].items()},
        products={
            name: dict(zip(forms, words * 3 if len(words) == 1 else words, strict=False))
            for name, words in banks["products"].items()
        },
    )


def spelt_out(rule: str) -> tuple[str, ...]:
    """Every sentence of one rule: `(a|b) c` makes `a c` and `b c`. Spaces are tidied where a choice was empty."""
    parts: list[tuple[str, ...]] = []
    rest = rule
    while rest:
        plain, _, rest = rest.partition("(")
        choices, _, rest = rest.partition(")")
        parts.append((plain,))
        if choices:
            parts.append(tuple(choices.split("|")))
    return tuple(_tidied("".join(words)) for words in product(*parts))


def _tidied(sentence: str) -> str:
    words = " ".join(sentence.split())
    for mark in ".,?!:":
        words = words.replace(f" {mark}", mark)
    return words[:1].upper() + words[1:]


def _bank(rules: list[str]) -> Bank:
    return tuple(spelt_out(rule) for rule in rules)
