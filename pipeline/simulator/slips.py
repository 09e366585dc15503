"""What hands and keyboards do to a text: typos, other apostrophes, a neighbour's words, emoji, no capitals."""

from __future__ import annotations

from typing import Final

from pipeline.domain.taxonomy import RecordClass
from pipeline.simulator.chance import Chance, between, pick

_APOSTROPHES: Final = ("'", "’", "ʼ", "`", "*", "")
_LATIN_TWINS: Final = (("і", "i"), ("а", "a"), ("о", "o"), ("е", "e"), ("с", "c"))
_SURZHYK: Final = (
    ("дуже", "очень"),
    ("зараз", "щас"),
    ("досі", "до сих пор"),
    ("отримала", "получила"),
    ("отримав", "получив"),
    ("чекаю", "жду"),
    ("вже", "уже"),
    ("знову", "опять"),
    ("будь ласка", "пожалуста"),
    ("дякую", "спасіба"),
    ("нарешті", "наконец-то"),
    ("ніхто", "ніхто вообще"),
    ("замовлення", "заказ"),
    ("знижка", "скидка"),
    ("якщо", "єслі"),
    ("тиждень", "неділю"),
    ("питаю", "спрашую"),
    ("гарно", "харашо"),
)
_EMOJI: Final = {
    RecordClass.COMPLAINT: ("😡", "😤", "🤬", "👎", "😞", "🤦", "😠😠", "💔"),
    RecordClass.INQUIRY: ("🤔", "🙏", "🙂", "❓"),
    RecordClass.SUGGESTION: ("💡", "🙂", "😉"),
    RecordClass.COMPLIMENT: ("❤️", "👍", "😍", "🔥", "🥰", "👏", "💛💙", "😊"),
    RecordClass.OPINION: ("🤷", "😐", "🙂", "🙃"),
}


def emoji(chance: Chance, record_class: RecordClass) -> str:
    """One or two pictures that suit the class."""
    return pick(chance, _EMOJI[record_class])


def slipped(chance: Chance, text: str, language: str) -> str:
    """`text` as a hurried hand leaves it: one or two slips, now and then none that shows."""
    for _ in range(between(chance, 1, 3)):
        text = _typo(chance, text)
    if language == "uk" and chance() < 0.1:
        letter, twin = pick(chance, _LATIN_TWINS)
        text = text.replace(letter, twin, 2)
    if chance() < 0.3:
        text = text.replace(",", "").rstrip(".")
    if chance() < 0.35:
        text = text.lower()
    return text


def apostrophes(chance: Chance, text: str) -> str:
    """The same text with whichever apostrophe the writer's keyboard has."""
    return text.replace("'", pick(chance, _APOSTROPHES)) if "'" in text else text


def surzhyk(text: str) -> str:
    """Ukrainian with a neighbour's words in it, as many people speak."""
    for standard, mixed in _SURZHYK:
        text = text.replace(standard, mixed)
        text = text.replace(standard.capitalize(), mixed.capitalize())
    return text


def _typo(chance: Chance, text: str) -> str:
    """Two letters swapped, one lost, one doubled, or a space lost; digits and the edges stay."""
    if len(text) < 8:
        return text
    at = between(chance, 2, len(text) - 3)
    here, after = text[at], text[at + 1]
    if here.isdigit() or after.isdigit():
        return text
    kind = between(chance, 0, 4)
    if kind == 0:
        return text[:at] + after + here + text[at + 2 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2 and here.isalpha():
        return text[: at + 1] + here + text[at + 1 :]
    return text[:at] + text[at:].replace(", ", ",", 1)
