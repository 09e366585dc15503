from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.classify.language import LANGUAGES, detect
from pipeline.classify.second_opinion import likeliest

WRITTEN_FOR_THIS = [
    ("Where is my parcel? It should have been here on Monday.", "en"),
    ("dont buy this its rubbish", "en"),
    ("Great service, thank you", "en"),
    ("still no reply", "en"),
    ("Де моя посилка? Обіцяли в понеділок.", "uk"),
    ("Дуже задоволена покупкою, рекомендую!", "uk"),
    ("Нiхто не вiдповiдає", "uk"),  # Latin i, as many keyboards give it
    ("Зв’язку немає вже добу", "uk"),
    ("Доставка супер, але ціна кусається", "uk"),
    ("Где моя посылка? Обещали в понедельник.", "ru"),
    ("Очень довольна покупкой", "ru"),
    ("Товар не работает, верните деньги", "ru"),
    ("Gdzie jest moja paczka? Miała być w poniedziałek.", "pl"),
    ("Bardzo dobra obsługa, polecam", "pl"),
    ("produkt nie działa", "pl"),
    ("Wo bleibt mein Paket? Es sollte am Montag kommen.", "de"),
    ("Leider ist die Ware kaputt", "de"),
    ("sehr gute qualität", "de"),
    ("Où est ma commande ? Je suis très déçu par le service.", "fr"),
    ("El pedido no ha llegado y nadie contesta", "es"),
    ("Замовив Samsung Galaxy S24 Ultra, не прийшов", "uk"),
    ("Ordered the «Козак» set, loved it", "en"),
]


@pytest.mark.parametrize(("text", "language"), WRITTEN_FOR_THIS)
def test_short_feedback_is_told_apart(text: str, language: str) -> None:
    assert detect([text]) == [language]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Parcel never came", "en"),
        ("Артикул как на картинке", "ru"),
        ("Kurtka ciepła", "pl"),
        ("Sendungsnummer existiert nicht", "de"),
        ("Karton", "und"),
    ],
)
def test_where_no_language_leads_the_library_is_asked_and_may_not_know(text: str, language: str) -> None:
    assert detect([text]) == [language]


def test_capitals_and_marks_do_not_change_the_second_opinion() -> None:
    plain = "kurtka ciepła suwak tandetny"
    assert detect([plain, plain.upper(), f"«{plain}»…"]) == ["pl"] * 3


def test_a_second_opinion_of_the_other_script_is_not_taken() -> None:
    mixed = "слабо zacinający suwak"
    assert likeliest([mixed]) == ["pl"]
    assert detect([mixed]) == ["und"]


@pytest.mark.parametrize("text", ["12345", "👍👍", "???", "XQ-77", "ааа", "Bosch", "e2e guest comment 26022025161030"])
def test_what_holds_no_evidence_is_undecided(text: str) -> None:
    assert detect([text]) == ["und"]


def test_absent_and_blank_texts_have_no_language() -> None:
    assert detect([None, "", " \n\t"]) == [None, None, None]
    assert detect([]) == []


@given(
    st.lists(st.one_of(st.none(), st.text(max_size=60), st.sampled_from([t for t, _ in WRITTEN_FOR_THIS])), max_size=20)
)
def test_each_text_is_judged_alike_in_any_company(texts: list[str | None]) -> None:
    together = detect(texts)
    assert together == [detect([text])[0] for text in texts]
    assert all(answer is None or answer in LANGUAGES for answer in together)
