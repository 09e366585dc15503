"""Puts sentences together into what one customer writes on one channel."""

from __future__ import annotations

from functools import cache
from string import Formatter
from typing import Final, NamedTuple, Protocol

from pipeline.domain.taxonomy import Category, RecordClass
from pipeline.simulator.chance import Chance, between, pick
from pipeline.simulator.phrases import Bank, Phrases, phrases
from pipeline.simulator.slips import apostrophes, emoji, slipped, surzhyk


class Topic(NamedTuple):
    """What a text is to be about."""

    language: str
    record_class: RecordClass
    category: Category
    product: str
    channel: str
    incident: bool = False


class Author(Protocol):
    """Whoever writes what customers say."""

    def feedback(self, topic: Topic) -> str:
        """One message."""

    def comment(self, topic: Topic) -> str:
        """One sentence beside a score."""


class Mute:
    """Writes nothing worth reading, quickly: for counting records whose texts do not matter."""

    def feedback(self, topic: Topic) -> str:
        """The product's name."""
        return topic.product

    def comment(self, topic: Topic) -> str:
        """The product's name."""
        return topic.product


class Habits(NamedTuple):
    """How people write on a channel: how often they greet and close, how many details they give, in percent."""

    greeting: int
    closing: int
    detail: tuple[int, ...]
    ask: int
    emoji: int
    slips: int


_HABITS: Final = {
    "email": Habits(greeting=75, closing=65, detail=(2, 3, 3, 4, 5, 6), ask=80, emoji=3, slips=12),
    "web": Habits(greeting=45, closing=35, detail=(1, 2, 3, 4, 5), ask=70, emoji=4, slips=16),
    "app": Habits(greeting=12, closing=10, detail=(0, 1, 2, 2, 3), ask=50, emoji=20, slips=24),
    "chat": Habits(greeting=55, closing=10, detail=(0, 1, 2, 3), ask=55, emoji=14, slips=30),
    "phone": Habits(greeting=0, closing=0, detail=(2, 3, 4, 5), ask=60, emoji=0, slips=3),
    "social": Habits(greeting=6, closing=4, detail=(0, 1, 1, 2, 3), ask=40, emoji=45, slips=28),
}


class Writer:
    """Draws texts; every draw comes from one stream, so the same order of calls gives the same texts."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance

    def feedback(self, topic: Topic) -> str:
        """One message of about two hundred characters on average: short on social media, longer by e-mail."""
        chance, bank = self._chance, phrases(topic.language)
        habits = _HABITS[topic.channel]
        sentences: list[str] = []
        if topic.channel == "phone" and chance() < 0.4:
            sentences.append(self._sentence(bank.call, bank, topic))
        elif chance() * 100 < habits.greeting:
            sentences.append(self._sentence(bank.greeting, bank, topic))
        sentences.extend(self._core(bank, topic))
        sentences.extend(self._details(bank, topic, pick(chance, habits.detail)))
        if chance() * 100 < habits.ask:
            sentences.append(self._sentence(bank.ask[topic.record_class], bank, topic))
        if chance() * 100 < habits.closing:
            sentences.append(self._sentence(bank.closing, bank, topic))
        elif chance() < 0.025:
            sentences.append(self._sentence(bank.switch, bank, topic))
        return self._by_hand(" ".join(sentences), topic, habits)

    def comment(self, topic: Topic) -> str:
        """One sentence, as people add to a score."""
        bank = phrases(topic.language)
        sentence = self._sentence(bank.core[topic.record_class, topic.category], bank, topic)
        return self._by_hand(sentence, topic, _HABITS["app"])

    def _core(self, bank: Phrases, topic: Topic) -> list[str]:
        rules = bank.incident if topic.incident else bank.core[topic.record_class, topic.category]
        first = between(self._chance, 0, len(rules))
        found = [self._filled(pick(self._chance, rules[first]), bank, topic)]
        if len(rules) > 1 and self._chance() < 0.3:
            second = (first + between(self._chance, 1, len(rules))) % len(rules)
            found.append(self._filled(pick(self._chance, rules[second]), bank, topic))
        return found

    def _details(self, bank: Phrases, topic: Topic, count: int) -> list[str]:
        rules = list(bank.detail[topic.record_class])
        drawn = (rules.pop(between(self._chance, 0, len(rules))) for _ in range(count))
        return [self._filled(pick(self._chance, rule), bank, topic) for rule in drawn]

    def _sentence(self, rules: Bank, bank: Phrases, topic: Topic) -> str:
        return self._filled(pick(self._chance, pick(self._chance, rules)), bank, topic)

    def _filled(self, sentence: str, bank: Phrases, topic: Topic) -> str:
        slots = _slots(sentence)
        if not slots:
            return sentence
        words = {slot: self._word(slot, bank, topic) for slot in slots}
        filled = sentence.format_map(words)
        return filled[:1].upper() + filled[1:]

    def _word(self, slot: str, bank: Phrases, topic: Topic) -> str:
        chance = self._chance
        if slot == "n":
            return str(between(chance, 5, 15))
        if slot == "sum":
            return str(between(chance, 4, 190) * 10 + 9)
        if slot == "order":
            return f"TS-{between(chance, 100_000, 1_000_000)}"
        form = bank.products[topic.product].get(slot)
        return pick(chance, bank.slots[slot]) if form is None else form

    def _by_hand(self, text: str, topic: Topic, habits: Habits) -> str:
        chance = self._chance
        if topic.language == "uk":
            if chance() < 0.06:
                text = surzhyk(text)
            if chance() < 0.6:
                text = apostrophes(chance, text)
        if chance() * 100 < habits.slips:
            text = slipped(chance, text, topic.language)
        if chance() * 100 < habits.emoji:
            text = f"{text} {emoji(chance, topic.record_class)}"
        return text


@cache
def _slots(sentence: str) -> tuple[str, ...]:
    """Names of the slots of one sentence, in order; there are a few thousand sentences at most."""
    return tuple(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)
