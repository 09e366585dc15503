"""What the phrases of texts add up to: of the whole text, of its first sentence and of its last.

The automaton finds every phrase of a batch once, also those inside others; one compiled pass then decides which of them
count in each part, what a negation or a *but* does to them, and adds up their weights.
"""

from __future__ import annotations

from itertools import chain
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.classify.compiling import compiled
from pipeline.classify.folding import BOUNDARY, COMMA, SENTENCE_END, Bytes, Folded, Integers
from pipeline.classify.phrases import COLUMNS, Phrases, load
from pipeline.classify.sentences import PARTS, Flags

Sums = npt.NDArray[np.int32]

_NEGATION_REACH_WORDS = 3
_AFTER_CONTRAST = 2  # what follows a "but" is what the writer means
_CONTRASTED_COLUMNS = COLUMNS.index("disliked") + 1
_DANGER: Final = COLUMNS.index("danger")
DANGER_AT_LEAST: Final = 4
_DANGER_SECTIONS: Final = frozenset({"danger", "figurative", "negation", "contrast"})
_NO_END: Final = 1 << 62


class Rules(NamedTuple):
    """What each phrase says, a row for each: as it stands, and after a negation; and what it does to later ones.

    A phrase that is not `heard` is as good as absent. After a contrast the first `contrasted` columns count double.
    """

    heard: Flags
    plain: Sums
    denied: Sums
    negates: Flags
    contrasts: Flags
    contrasted: int


class Found(NamedTuple):
    """Phrases found in a batch, in text order and the longer first: every one, also those inside others.

    `word` and `clause` count from the batch's beginning. The phrases of text i are those from `firsts[i]` to
    `firsts[i + 1]`; its first sentence ends at the code `first_ends[i]` and its last one begins at `last_begins[i]`,
    -1 where it has only one.
    """

    phrase: Integers
    start: Integers
    end: Integers
    word: Integers
    clause: Integers
    firsts: Integers
    first_ends: Integers
    last_begins: Integers

    def __len__(self) -> int:
        return len(self.first_ends)


class PhraseReader:
    """Finds the phrases of lexicons in folded texts and adds up what they say."""

    def __init__(self, phrases: Phrases) -> None:
        self.phrases = phrases
        heard = np.ones(len(phrases), np.bool_)
        self._rules = Rules(
            heard, phrases.plain, phrases.denied, phrases.negates, phrases.contrasts, _CONTRASTED_COLUMNS
        )

    @classmethod
    def shipped(cls) -> PhraseReader:
        """The reader of all phrases that Vidhuk ships."""
        return cls(load())

    @property
    def digest(self) -> str:
        """Of the lexicons' content: under one digest a text has always the same sums."""
        return self.phrases.digest

    def find(self, folded: Folded) -> Found:
        """Every phrase of the texts."""
        hits = self.phrases.automaton.find_matches_as_indexes(folded.letters, overlapping=True)
        flat = np.fromiter(chain.from_iterable(hits), np.int64, 3 * len(hits)).reshape(-1, 3)
        phrase, start, end = np.ascontiguousarray(flat.T)
        end -= self.phrases.tail[phrase]
        word, clause = np.empty((2, len(phrase)), np.int64)
        firsts = np.empty(len(folded) + 1, np.int64)
        first_ends, last_begins = np.full((2, len(folded)), -1)
        found = Found(phrase, start, end, word, clause, firsts, first_ends, last_begins)
        _place(found, folded.codes, folded.starts)
        return found

    def sums(self, found: Found) -> Sums:
        """Summed weights: texts by `COLUMNS`."""
        return _summed(found, self._rules, 1)[:, 0]

    def sums_of_parts(self, found: Found) -> Sums:
        """Summed weights: texts by `PARTS` by `COLUMNS`; zeros where a text has no such sentence."""
        return _summed(found, self._rules, PARTS)


class DangerReader:
    """Tells which texts report a danger in so many words, in whatever language.

    Heard are only phrases that name dangers, speak figuratively, negate or contrast: another phrase around them does
    not hide them.
    """

    def __init__(self, phrases: Phrases) -> None:
        """`phrases` are all that Vidhuk ships, as its `PhraseReader` finds them."""
        dangers = load(sections=_DANGER_SECTIONS)
        self.digest = dangers.digest
        place = {pattern: at for at, pattern in enumerate(phrases.patterns)}
        at = np.array([place[pattern] for pattern in dangers.patterns], np.int64)
        heard, negates, contrasts = np.zeros((3, len(phrases)), np.bool_)
        plain, denied = np.zeros((2, len(phrases), 1), np.int32)
        heard[at], negates[at], contrasts[at] = True, dangers.negates, dangers.contrasts
        plain[at, 0], denied[at, 0] = dangers.plain[:, _DANGER], dangers.denied[:, _DANGER]
        self._rules = Rules(heard, plain, denied, negates, contrasts, 0)

    def reported(self, found: Found) -> Flags:
        """One flag per text."""
        reported: Flags = _summed(found, self._rules, 1)[:, 0, 0] >= DANGER_AT_LEAST
        return reported


def _summed(found: Found, rules: Rules, parts: int) -> Sums:
    sums = np.zeros((len(found), parts, rules.plain.shape[1]), np.int32)
    _sum_all(found, rules, sums)
    return sums


@compiled
def _place(found: Found, codes: Bytes, starts: Integers) -> None:
    """Put hits in order, from the automaton's, which is by their ends, and fill what is not known of them yet."""
    phrase, start, end, word, clause = found.phrase, found.start, found.end, found.word, found.clause
    for i in range(1, len(phrase)):
        p, s, e = phrase[i], start[i], end[i]
        at = i
        # nearly in order already: a hit moves past those inside it and no farther
        while at > 0 and (start[at - 1] > s or (start[at - 1] == s and end[at - 1] < e)):
            phrase[at], start[at], end[at] = phrase[at - 1], start[at - 1], end[at - 1]
            at -= 1
        phrase[at], start[at], end[at] = p, s, e
    gaps, marks = 0, 0
    i = 0
    for text in range(len(starts) - 1):
        found.firsts[text] = i
        for at in range(starts[text], starts[text + 1]):
            code = codes[at]
            if code < BOUNDARY:
                # the mark before a phrase opens its clause
                marks += code >= COMMA
                if code == SENTENCE_END:
                    found.last_begins[text] = at
                    if found.first_ends[text] < 0:
                        found.first_ends[text] = at
            while i < len(start) and start[i] == at:
                word[i], clause[i] = gaps, marks
                i += 1
            gaps += code < BOUNDARY
    found.firsts[len(starts) - 1] = i


@compiled
def _sum_all(found: Found, rules: Rules, sums: Sums) -> None:
    """Add up the whole texts and, if there is room in `sums`, their first and last sentences."""
    for text in range(len(found.first_ends)):
        first, last = found.firsts[text], found.firsts[text + 1]
        _sum(found, rules, first, last, _NO_END, sums[text, 0])
        if sums.shape[1] > 1 and found.first_ends[text] >= 0:
            begin = first
            while begin < last and found.start[begin] < found.last_begins[text]:
                begin += 1
            _sum(found, rules, begin, last, _NO_END, sums[text, 2])
            while last > first and found.start[last - 1] >= found.first_ends[text]:
                last -= 1
            _sum(found, rules, first, last, found.first_ends[text], sums[text, 1])


@compiled
def _sum(found: Found, rules: Rules, first: int, last: int, until: int, total: Sums) -> None:
    """Add up the phrases from `first` to `last` that end by the code `until`, those inside a longer one left out."""
    reach = np.int64(-1)
    negation = np.int64(-1)
    contrasted = False
    heard, negates, contrasts = rules.heard, rules.negates, rules.contrasts
    for i in range(first, last):
        phrase = found.phrase[i]
        if not heard[phrase] or found.end[i] <= reach or found.end[i] > until:
            continue
        reach = found.end[i]
        near = negation >= 0 and found.word[i] - found.word[negation] <= _NEGATION_REACH_WORDS
        weights = rules.denied if near and found.clause[i] == found.clause[negation] else rules.plain
        for column in range(len(total)):
            doubled = contrasted and column < rules.contrasted
            total[column] += weights[phrase, column] * (_AFTER_CONTRAST if doubled else 1)
        if negates[phrase]:
            negation = np.int64(i)
        contrasted = contrasted or contrasts[phrase]
