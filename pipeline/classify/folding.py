"""Texts folded into one small alphabet, a byte a character, so that a whole batch is matched and counted as an array.

The alphabet holds the letters of the languages we tell apart, digits, an apostrophe inside words, and marks. Letter
case, apostrophe variants, runs of spaces and marks, decomposed й and ї, and Latin look-alikes typed inside Cyrillic
words are gone after folding. The table is written out here and depends on no Unicode version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.classify.sentences import Flags, marked

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]

MAX_CHARACTERS = 20_000
"""What a text is about is said in its first 20,000 characters; the rest is not read."""
_SLICE_TEXTS, _SLICE_CHARACTERS = 4_096, 2_000_000
_SEPARATOR = "\uffff"
_STANDS_FOR_SEPARATOR = "\ufffe"

# codes below 16 are not part of words; a greater one stands for a whole run of them
SPACE, COMMA, STOP, EXCLAMATION, QUESTION, SENTENCE_END = 1, 2, 3, 4, 5, 6
GAP = bytes([SPACE])
# from here on codes are word characters; what separates texts counts as a word, so no run crosses it
BOUNDARY, POSITIVE_SIGN, NEGATIVE_SIGN, APOSTROPHE = 16, 17, 18, 19
_FIRST_LETTER = 20
_DROPPED, _BREVE, _DIAERESIS = 13, 14, 15  # combining marks, resolved while folding

LATIN = "abcdefghijklmnopqrstuvwxyz"
LATIN_MARKED = "ąćęłńóśźżäöüßéèêëàâçîïôùûñáíúìòœæåøščřžýěů"
CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґў"
_PLAIN_OF_MARKED = "acelnoszzaouseeeeaaciiouunaiuiooaaoscrzyeu"
_DIGITS = "0123456789"
_LETTERS = LATIN + LATIN_MARKED + CYRILLIC + _DIGITS
_CODE = {letter: _FIRST_LETTER + i for i, letter in enumerate(_LETTERS)}

_MARKS = {
    COMMA: ',;:()[]{}–—«»„“”"',
    STOP: ".…\n\r",
    EXCLAMATION: "!¡",
    QUESTION: "?¿",
}
_APOSTROPHES = "'’ʼ‘`´′"
# by their low UTF-16 half, which no other common sign shares
_POSITIVE_SIGNS = (
    "👍👏🙏😀😁😃😄😊😍🥰😘🤩🔥💯🎉💪😇🙂💛💙💚❤♥♡☺👌✌🥳😎😋😌😆😉🤤💖💗💕💓💞💝💘💟💜🖤🧡🌹🌷🌸🌺🌟⭐✨🏆🙌💐🫶🥇"
)
_NEGATIVE_SIGNS = "👎😡😠🤬😤😢😭😞😔😒🤮🤢💩😱🙄😩😫☹🤡🤦💔😕😟😖😣😓😥😰😨😧😦😑😐😬🖕🤯😿😾🤨👿😪"
_LOOKALIKES = dict(zip("aceiopxy", "асеіорху", strict=True))


@dataclass(frozen=True, slots=True)
class Folded:
    """A batch of texts in the small alphabet.

    `codes` holds all of them, a boundary between neighbours and at both ends, each set off by one non-word code;
    text i occupies positions `starts[i]` to `starts[i + 1]`, so `starts` has one element more than there are texts.
    """

    codes: Bytes
    starts: Integers

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def letters(self) -> bytes:
        """The same with accents, signs and marks flattened, every run between words one `GAP`: what phrases match."""
        return self.codes.tobytes().translate(_flattening())

    def head(self, characters: int) -> Folded:
        """The same texts, each cut after so many codes."""
        lengths = np.minimum(np.diff(self.starts), characters)
        starts = np.concatenate(([0], np.cumsum(lengths)))
        positions = np.repeat(self.starts[:-1] - starts[:-1], lengths) + np.arange(starts[-1])
        return Folded(np.concatenate((self.codes[positions], np.array([BOUNDARY, SPACE], np.uint8))), starts)

    def spelt(self, text: int) -> str:
        """Text `text` in small letters, digits and apostrophes, every run of anything else one space."""
        return self.codes[self.starts[text] : self.starts[text + 1]].tobytes().decode("latin-1").translate(_spelling())

    def sums(self, weights: Integers) -> Integers:
        """Sum of `weights[code]` over each text: one number per text."""
        return np.add.reduceat(weights[self.codes], self.starts[:-1])


@cache
def _table() -> Bytes:
    """Code of every UTF-16 unit."""
    table = np.full(65_536, SPACE, np.uint8)
    for letter, code in _CODE.items():
        table[ord(letter)] = code
        upper = letter.upper()
        if len(upper) == 1:
            table[ord(upper)] = code
    for code, marks in _MARKS.items():
        for mark in marks:
            table[ord(mark)] = code
    for mark in _APOSTROPHES:
        table[ord(mark)] = APOSTROPHE
    for code, signs in ((POSITIVE_SIGN, _POSITIVE_SIGNS), (NEGATIVE_SIGN, _NEGATIVE_SIGNS)):
        for sign in signs:
            table[int.from_bytes(sign.encode("utf-16-le")[-2:], "little")] = code
    table[0x0300:0x0370] = _DROPPED
    table[[0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF]] = _DROPPED  # soft hyphen, zero-width spaces
    table[0x0306], table[0x0308] = _BREVE, _DIAERESIS
    table[ord(_SEPARATOR)] = BOUNDARY
    return table


@cache
def _flattening() -> bytes:
    """Translation of codes for matching: marked Latin letters lose their marks, ё is е, what is no word is a gap."""
    flat = bytearray(range(256))
    flat[:BOUNDARY] = GAP * BOUNDARY
    for letter, code in _CODE.items():
        plain = letter
        if letter in LATIN_MARKED:
            plain = _PLAIN_OF_MARKED[LATIN_MARKED.index(letter)]
        flat[code] = _CODE["е" if letter == "ё" else plain]
    return bytes(flat)


@cache
def _spelling() -> dict[int, str]:
    """The letter that each code stands for; what is no part of a word is a space."""
    return {**dict.fromkeys(range(_FIRST_LETTER), " "), APOSTROPHE: "'", **{code: one for one, code in _CODE.items()}}


@cache
def _lookalikes() -> Bytes:
    """Cyrillic twin of a Latin code, 0 where it has none."""
    twins = np.zeros(256, np.uint8)
    for latin, cyrillic in _LOOKALIKES.items():
        twins[_CODE[latin]] = _CODE[cyrillic]
    return twins


def codes_of(letters: str) -> list[int]:
    """Codes of some lower-case letters of the alphabet."""
    return [_CODE[letter] for letter in letters]


def patterns(phrases: Sequence[str]) -> list[bytes]:
    """Each phrase as it stands in `Folded.letters`, without the spaces around it.

    Raises:
        ValueError: a phrase holds a character outside the alphabet, which could never match.
    """
    folded = fold(phrases)
    letters = folded.letters
    bounds = folded.starts.tolist()
    found = [letters[begin + 1 : end].strip(GAP) for begin, end in pairwise(bounds)]
    for phrase, inner in zip(phrases, found, strict=True):
        if len(inner) != len(phrase):
            raise ValueError(f"the phrase `{phrase}` holds a character that folding does not keep")
    return found


def slices(texts: Sequence[str | None]) -> Iterator[tuple[int, int]]:
    """Bounds of consecutive runs of texts that are small enough to fold at once."""
    for first in range(0, len(texts), _SLICE_TEXTS):
        last = min(first + _SLICE_TEXTS, len(texts))
        if sum(map(len, filter(None, texts[first:last]))) <= _SLICE_CHARACTERS:
            yield first, last
        else:
            yield from _short_slices(texts, first, last)


def _short_slices(texts: Sequence[str | None], first: int, last: int) -> Iterator[tuple[int, int]]:
    """The same for texts that are too much for one slice."""
    begin, characters = first, 0
    for i in range(first, last):
        characters += min(len(texts[i] or ""), MAX_CHARACTERS)
        if characters >= _SLICE_CHARACTERS:
            yield begin, i + 1
            begin, characters = i + 1, 0
    if begin < last:
        yield begin, last


def _units(texts: Sequence[str | None]) -> npt.NDArray[np.uint16]:
    """UTF-16 units of the texts, each followed by a separator that is set off by spaces, one more in front."""
    cut = [(text[:MAX_CHARACTERS] if len(text) > MAX_CHARACTERS else text) if text else "" for text in texts]
    between = f" {_SEPARATOR} "
    joined = between.join(("", *cut, ""))
    if joined.count(_SEPARATOR) != len(cut) + 1:
        joined = between.join(("", *(text.replace(_SEPARATOR, _STANDS_FOR_SEPARATOR) for text in cut), ""))
    return np.frombuffer(joined.encode("utf-16-le", "surrogatepass"), np.uint16)


def _without_combining(codes: Bytes) -> Bytes:
    """The same with combining marks joined to their letters where it matters (й, ї, ё) and dropped elsewhere."""
    marks = (codes >= _DROPPED) & (codes < BOUNDARY)
    if not marks.any():
        return codes
    codes = codes.copy()
    for mark, pairs in ((_BREVE, "ий"), (_DIAERESIS, "ії"), (_DIAERESIS, "её")):
        plain, joined = codes_of(pairs)
        at = np.flatnonzero((codes[1:] == mark) & (codes[:-1] == plain))
        codes[at] = joined
    return codes[~marks]


def fold(texts: Sequence[str | None]) -> Folded:
    """Fold texts; an absent one counts as empty. Each text is folded alike in any company."""
    return _folded(np.take(_table(), _units(texts)))


def fold_sentences(texts: Sequence[str | None]) -> tuple[Folded, Flags]:
    """The same, and the marks of each text and of its first and last sentence: texts by `PARTS` by `MARKS`.

    Where the first sentence ends and where the last one begins, the code is `SENTENCE_END`.
    """
    units = _units(texts)
    separators = np.flatnonzero(units == ord(_SEPARATOR))
    found = marked(units, separators[:-1] + 2, separators[1:] - 1)
    codes = np.take(_table(), units)
    several = found.first_end >= 0
    codes[found.first_end[several]] = SENTENCE_END
    codes[found.last_end[several]] = SENTENCE_END
    return _folded(codes), found.marks


def _folded(codes: Bytes) -> Folded:
    """Texts whose characters have their codes already."""
    codes = _without_combining(codes)
    _repair_inside_words(codes)
    codes = _without_runs(codes)
    return Folded(codes, np.flatnonzero(codes == BOUNDARY))


def _without_runs(codes: Bytes) -> Bytes:
    """The same with each run of codes outside words turned into its greatest one."""
    outside = codes < BOUNDARY
    follows = np.zeros(len(codes), np.bool_)
    np.logical_and(outside[1:], outside[:-1], out=follows[1:])
    turns = np.flatnonzero(follows[1:] != follows[:-1])  # a run's first code, its last, the next run's first …
    if len(turns) % 2:
        turns = np.append(turns, len(codes) - 1)
    begins, lasts = turns[::2], turns[1::2]
    if len(begins):
        borders = np.stack((begins, np.minimum(lasts + 1, len(codes) - 1)), axis=1).ravel()
        greatest = np.maximum.reduceat(codes, borders)[::2]
        codes[begins] = np.maximum(greatest, codes[lasts])
    return codes[~follows]


def _repair_inside_words(codes: Bytes) -> None:
    """Turn Latin look-alikes beside Cyrillic letters into Cyrillic, and apostrophes outside words into spaces."""
    cyrillic = _between(codes, CYRILLIC)
    beside = np.zeros(len(codes), np.bool_)
    beside[1:] = cyrillic[:-1]
    beside[:-1] |= cyrillic[1:]
    at = np.flatnonzero(beside & _between(codes, LATIN))
    twins = _lookalikes()[codes[at]]
    at, twins = at[twins != 0], twins[twins != 0]
    codes[at] = twins
    apostrophes = np.flatnonzero(codes == APOSTROPHE)
    inside = (codes[apostrophes - 1] >= _FIRST_LETTER) & (codes[apostrophes + 1] >= _FIRST_LETTER)
    codes[apostrophes[~inside]] = SPACE


def _between(codes: Bytes, letters: str) -> npt.NDArray[np.bool_]:
    """Which codes are among these letters of the alphabet, which stand in one row in it."""
    # codes below the first wrap around to large ones, so one comparison is enough
    among: npt.NDArray[np.bool_] = codes - np.uint8(_CODE[letters[0]]) < len(letters)
    return among
