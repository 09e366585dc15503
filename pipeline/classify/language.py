"""Which language a text is in: script, telling letters, frequent words; a library where no language leads by them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import chain

import ahocorasick_rs
import numpy as np
import numpy.typing as npt

from pipeline.classify.folding import (
    CYRILLIC,
    GAP,
    LATIN,
    LATIN_MARKED,
    Folded,
    Integers,
    codes_of,
    fold,
    patterns,
    slices,
)

UNDECIDED = "und"
LANGUAGES = ("en", "uk", "ru", "pl", "de", "fr", "es", "it", UNDECIDED)
"""What `detect` answers; where evidence is equal the earlier one wins."""

HEAD_CHARACTERS = 80
"""A text's language is that of its beginning."""

# Letters that only one of the languages uses; each counts like a word of it.
_TELLING = {
    "uk": "іїєґ", "ru": "ыэъё", "pl": "ąćęłńśźż", "de": "äöüß", "fr": "êèàçâîœùë", "es": "ñ", "it": "òì",
}  # fmt: skip

# Frequent words, and for short feedback also the words such texts are made of. A word of several languages is left
# out or stands under each; nothing here is a name.
_WORDS = {
    "en": """card payment cancel password pending
        the and is was were are be been being have has had it its it's this that these those i i'm i've i'd you
        your we our they their my me he she his her of to for with from at by on in as not don't doesn't didn't isn't
        wasn't can't couldn't won't would will can could should what when where why how who which there here very
        really too so but because if about out up all any some more than then just only also never always again still
        yet please thanks thank good great bad nice excellent awesome terrible awful poor love loved worst best happy
        service delivery order ordered product quality price refund money help need want got get received arrived
        working works work broken late slow fast quick quickly account app website customer staff new after before does
        do did an""",
    "uk": """і й та що не на з із зі у в до за як це цей ця ці той від для про але або якщо коли де чому хто мені
        мене ми ви вони він вона його її їх був була було були є немає дуже ще вже тільки лише тому бо щоб також дякую
        спасибі будь ласка добре погано гарно замовлення товар доставка посилка гроші немає можна треба потрібно чи
        після через під час ваш ваша ваші мій моя мої нам вам вас нас все всі якість швидко довго зараз сьогодні вчора
        працює прийшло прийшла супер жах відповідь підкажіть скільки магазин обслуговування рекомендую нема знову
        тиждень тижня вчасно чудово чудова чудовий гарна гарний жахливо жахлива смачно смачна швидка швидкий новий
        краще кращий хоча мабуть майже разом цього замовив замовила замовляв замовляла зробили зробити""",
    "ru": """и что не на до с со у в к за как это этот эта эти тот от для про но или если когда где почему кто мне меня
        мы вы они он она его ее их был была было были есть нет очень еще уже только потому чтобы также спасибо
        пожалуйста хорошо плохо заказ товар доставка посылка деньги можно нужно надо ли после через под время ваш ваша
        ваши мой моя мои нам вам вас нас все всё качество быстро долго сейчас сегодня вчера работает пришло пришла
        супер ужас ответ подскажите сколько магазин обслуживание рекомендую просто так бы же вот там тут того этого
        чем больше опять вообще ни никто ничего никому никогда всегда тоже теперь хороший хорошая хорошее плохой плохая
        лучше хуже хотел хотела жаль месяц месяца неделя неделю недели денег цена цены вещь возврат обмен сделали
        сделать верните заказал заказала заказывал отлично отличный отличная отличное доволен довольна ужасно""",
    "pl": """nie w na z do jest się sie to że ze jak ale czy co tak po za od dla przez był była było są mam mnie mi
        moja mój tylko już bardzo jeszcze który która które proszę dziękuję dziekuje dobrze źle zamówienie zamowienie
        przesyłka paczka dostawa pieniądze kiedy gdzie dlaczego obsługa jakość polecam produkt szybko""",
    "de": """der die das und ist nicht ich sie es ein eine einen einem einer mit für auf zu von den dem des im wie war
        wird auch aber oder wenn wir ihr mein meine ihre sehr noch nur schon kein keine bei nach aus haben habe hat
        sind danke bitte gut schlecht bestellung lieferung paket geld wann warum kundenservice leider wurde immer
        schnell qualität ware""",
    "fr": """le la les et est un une des du je vous nous il elle pas ne que qui pour dans sur avec au aux ce cette mon
        ma mes votre très tres mais ou c'est j'ai merci commande livraison colis toujours jamais être avez bien""",
    "es": """el la los las y es un una que de del en por para con no se lo mi su muy pero como está esta pedido entrega
        gracias nunca servicio producto dinero todo más mas cuando donde bien""",
    "it": """il lo la gli le un una che di del della in per con non si mi mio ma come molto ordine consegna grazie
        mai servizio prodotto tutto quando dove sono ho ha bene""",
}  # fmt: skip

_LETTER_WEIGHT, _WORD_WEIGHT = 2, 2
_N = len(LANGUAGES) - 1
# one foreign-looking word is more often a name or a typo than a language
_FOREIGN = [LANGUAGES.index(language) for language in ("pl", "de", "fr", "es", "it")]
_FOREIGN_AT_LEAST = 4
# and fewer letters than this say nothing to anybody
_LETTERS_AT_LEAST = 4
_CYRILLIC_ONLY = np.array([language in {"uk", "ru"} for language in LANGUAGES[:-1]])

# Counters packed into one 64-bit sum per text, 15 bits each: 20,000 characters at most can never overflow one.
_SHIFT = 15
_GROUPS = (CYRILLIC, "іїєґ", "ыэъё", LATIN + LATIN_MARKED)


@cache
def _packed_scripts() -> Integers:
    weights = np.zeros(256, np.int64)
    for i, letters in enumerate(_GROUPS):
        weights[codes_of(letters)] += 1 << (_SHIFT * i)
    return weights


@cache
def _packed_marks() -> Integers:
    weights = np.zeros(256, np.int64)
    for i, language in enumerate(("pl", "de", "fr", "es")):
        weights[codes_of(_TELLING[language])] += 1 << (_SHIFT * i)
    return weights


@cache
def _words() -> tuple[ahocorasick_rs.BytesAhoCorasick, npt.NDArray[np.int64]]:
    """Automaton over whole frequent words, and per word the languages it speaks for."""
    languages_of: dict[bytes, set[int]] = {}
    for i, language in enumerate(LANGUAGES[:-1]):
        for word in patterns(_WORDS[language].split()):
            languages_of.setdefault(GAP + word + GAP, set()).add(i)
    weights = np.zeros((len(languages_of), _N), np.int64)
    for row, spoken in enumerate(languages_of.values()):
        weights[row, sorted(spoken)] = _WORD_WEIGHT
    return ahocorasick_rs.BytesAhoCorasick(list(languages_of)), weights


def _word_evidence(folded: Folded) -> Integers:
    """Evidence of frequent words: one row per text, one column per language."""
    automaton, weights = _words()
    hits = automaton.find_matches_as_indexes(folded.letters, overlapping=True)
    flat = np.fromiter(chain.from_iterable(hits), np.int64, 3 * len(hits)).reshape(-1, 3)
    texts = np.searchsorted(folded.starts, flat[:, 1], "right") - 1
    evidence = np.zeros((len(folded), _N), np.int64)
    if len(flat):
        begins = np.flatnonzero(np.diff(texts, prepend=-1))
        evidence[texts[begins]] = np.add.reduceat(weights[flat[:, 0]], begins)
    return evidence


def detect_folded(whole: Folded) -> list[str]:
    """`detect` for a batch that is folded already."""
    if not len(whole):
        return []
    folded = whole.head(HEAD_CHARACTERS)
    field = (1 << _SHIFT) - 1
    scripts, marks = folded.sums(_packed_scripts()), folded.sums(_packed_marks())
    cyrillic, ukrainian, russian, latin = ((scripts >> (_SHIFT * i)) & field for i in range(4))
    evidence = _word_evidence(folded)
    for column, count in (("uk", ukrainian), ("ru", russian)):
        evidence[:, LANGUAGES.index(column)] += _LETTER_WEIGHT * count
    for i, column in enumerate(("pl", "de", "fr", "es")):
        evidence[:, LANGUAGES.index(column)] += _LETTER_WEIGHT * ((marks >> (_SHIFT * i)) & field)
    # brand names and addresses bring Latin into Cyrillic texts far more often than the reverse
    mostly_cyrillic = cyrillic * 3 >= latin
    evidence[mostly_cyrillic[:, None] != _CYRILLIC_ONLY[None, :]] = 0
    best = np.argmax(evidence, axis=1)
    strength = evidence.max(axis=1)
    best[(strength == 0) | (np.isin(best, _FOREIGN) & (strength < _FOREIGN_AT_LEAST))] = _N
    shared = (evidence == strength[:, None]).sum(axis=1) > 1
    enough = np.where(mostly_cyrillic, cyrillic, latin) >= _LETTERS_AT_LEAST
    unsure = np.flatnonzero((shared | (best == _N)) & enough)
    if len(unsure):
        _ask_again(folded, unsure, mostly_cyrillic, best)
    return [LANGUAGES[i] for i in best.tolist()]


def _ask_again(folded: Folded, unsure: Integers, cyrillic: npt.NDArray[np.bool_], best: Integers) -> None:
    """Put the library's answer in place of ours for the texts `unsure`, where it is confident and fits the script."""
    from pipeline.classify.second_opinion import likeliest  # noqa: PLC0415  unambiguous batches never load its model

    rows = unsure.tolist()
    for row, language in zip(rows, likeliest(map(folded.spelt, rows)), strict=True):
        if language is not None:
            i = LANGUAGES.index(language)
            if _CYRILLIC_ONLY[i] == cyrillic[row]:
                best[row] = i


def detect(texts: Sequence[str | None]) -> list[str | None]:
    """Language of each text: a two-letter code of `LANGUAGES`, `und` where undecidable, None where absent or blank.

    Deterministic: a text gets the same answer at any batch size and on any Python. The library reads the folded
    letters, so the Unicode tables of the Python it runs on do not matter.

    >>> detect(["Where is my parcel?", "Де моя посилка?", "Где моя посылка?", "12345", None])
    ['en', 'uk', 'ru', 'und', None]
    """
    answers: list[str | None] = []
    for begin, end in slices(texts):
        answers += languages_of(texts[begin:end], fold(texts[begin:end]))
    return answers


def languages_of(texts: Sequence[str | None], folded: Folded) -> list[str | None]:
    """`detect` for texts that are folded already."""
    return [
        language if text and not text.isspace() else None
        for text, language in zip(texts, detect_folded(folded), strict=True)
    ]
