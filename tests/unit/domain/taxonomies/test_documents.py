"""Taxonomies from TOML: all that is wrong is said at once, with file and category."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.errors import UsageError
from pipeline.domain.taxonomies.documents import TaxonomyError, taxonomy_of
from pipeline.domain.taxonomies.loading import is_shipped, load_taxonomy, shipped_taxonomy
from pipeline.domain.taxonomies.taxonomy import Characteristic, Taxonomy
from pipeline.domain.taxonomy import Category

OURS = shipped_taxonomy().ids
GOOD = """
name = "telecom"
version = 3
fallback = "rest"

[[category]]
id = "bills"
label = { en = "Bills", uk = "Рахунки" }
description = "What is charged."
from = ["billing_price", "returns_refunds"]
characteristic = "organizational"

[[category]]
id = "safety"
label = { en = "Safety", uk = "Безпека" }
description = "Somebody was hurt."

[[category]]
id = "rest"
label = { en = "The rest", uk = "Решта" }
description = '''
Whatever is
left.'''
"""


def read(text: str) -> Taxonomy:
    return taxonomy_of("ours.toml", text.encode(), OURS)


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(TaxonomyError) as refused:
        read(text)
    return refused.value.problems


@pytest.mark.parametrize(
    ("part", "instead", "sentence"),
    [
        ("[[category]]", "[[category", "ours.toml: not a valid TOML file"),
        ('name = "telecom"', "", "ours.toml: `name` is missing"),
        ('name = "telecom"', 'name = "Telecom 3"', "ours.toml: `name` must be small letters"),
        ("version = 3", "version = 0", "ours.toml: `version` must be a whole number from 1"),
        ("version = 3", 'version = "3"', "ours.toml: `version` must be a whole number from 1"),
        ("version = 3", "version = true", "ours.toml: `version` must be a whole number from 1"),
        ("version = 3", "version = 3\ncolour = 1", "ours.toml: unknown key `colour`; known are name, version"),
        ('fallback = "rest"', "", "ours.toml: `fallback` is missing"),
        ('fallback = "rest"', 'fallback = "none"', 'ours.toml: `fallback` names "none", which is no id'),
        ('fallback = "rest"', 'fallback = "rest"\nmodel_categories = "x"', "`model_categories` must be a list"),
        ('id = "bills"', "", "ours.toml: category[0]: `id` is missing"),
        ('id = "bills"', 'id = "Bills"', "ours.toml: category[0] Bills: `id` must be small letters"),
        ('id = "bills"', 'id = "bills\\n"', "category[0] bills\n: `id` must be small letters"),
        ('id = "bills"', f'id = "{"b" * 41}"', ": `id` must be small letters, digits and `_`, a letter first, at most"),
        ('id = "bills"', 'id = "rest"', "ours.toml: 2 categories have the id rest"),
        ('id = "bills"', 'id = "bills"\ncolour = 1', "ours.toml: category[0] bills: unknown key `colour`"),
        ('label = { en = "Bills", uk = "Рахунки" }', "", "ours.toml: category[0] bills: `label` is missing"),
        ('label = { en = "Bills", uk = "Рахунки" }', 'label = "Bills"', "category[0] bills: `label` must be a table"),
        ('en = "Bills", ', "", "ours.toml: category[0] bills: label: `en` is missing"),
        (', uk = "Рахунки"', "", "ours.toml: category[0] bills: label: `uk` is missing"),
        ('uk = "Рахунки"', 'uk = " "', "ours.toml: category[0] bills: label: `uk` must be one line"),
        ('uk = "Рахунки"', 'uk = "a\\nb"', "ours.toml: category[0] bills: label: `uk` must be one line"),
        ('uk = "Рахунки"', 'uk = "Р", de = "R"', "category[0] bills: label: unknown key `de`; known are en, uk"),
        ('"What is charged."', '" "', "ours.toml: category[0] bills: `description` must be words"),
        ('"billing_price"', '"biling"', 'ours.toml: category[0] bills: `from` names "biling", which no model answers'),
        ('"billing_price"', "7", "ours.toml: category[0] bills: `from` must be a list of words"),
        ('"billing_price"', '"returns_refunds"', '"returns_refunds", which bills takes already'),
        ('"billing_price"', '"safety"', '`from` names "safety", and there is a category of that id'),
        ('id = "safety"', 'id = "harm"', 'ours.toml: no category takes "safety"'),
        ('"organizational"', '"other"', "category[0] bills: `characteristic` must be one of product, delivery, org"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_file_and_category(part: str, instead: str, sentence: str) -> None:
    assert part in GOOD
    assert any(sentence in said for said in problems(GOOD.replace(part, instead, 1)))


def test_one_category_claimed_by_two_is_said_with_both() -> None:
    twice = GOOD.replace('"Somebody was hurt."', '"Somebody was hurt."\nfrom = ["billing_price"]')
    (said,) = problems(twice)
    assert said.startswith('ours.toml: category[1] safety: `from` names "billing_price", which bills takes already')


def test_everything_that_is_wrong_is_said_at_once() -> None:
    text = GOOD.replace("version = 3", "version = 0").replace('en = "Bills", ', "").replace('"rest"', '"none"', 1)
    text = text.replace("billing_price", "biling")
    said = problems(text)
    assert [re.sub(r"(;|,) .*", "", each) for each in said] == [
        "ours.toml: `version` must be a whole number from 1.",
        "ours.toml: category[0] bills: label: `en` is missing",
        'ours.toml: `fallback` names "none"',
        'ours.toml: category[0] bills: `from` names "biling"',
    ]


def test_no_category_at_all_and_a_category_that_is_no_table_are_refused() -> None:
    head = GOOD.partition("[[category]]")[0]
    assert any("`category` is missing" in said for said in problems(head))
    assert any("`category` must be tables, at least one" in said for said in problems(head + "category = []"))
    assert any("category[0]: must be a table with id" in said for said in problems(head + "category = [1]"))


def test_bytes_that_are_not_utf_8_are_named_by_their_line() -> None:
    with pytest.raises(TaxonomyError, match=r"ours\.toml: line 8 is not UTF-8"):
        taxonomy_of("ours.toml", GOOD.encode("cp1251"), OURS)


def test_a_byte_order_mark_and_line_breaks_of_windows_do_no_harm() -> None:
    content = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert taxonomy_of("ours.toml", content, OURS) == read(GOOD)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.toml: the taxonomy cannot be read: No such file"):
        load_taxonomy(str(tmp_path / "absent.toml"))
    with pytest.raises(UsageError, match="the taxonomy cannot be read: Is a directory"):
        load_taxonomy(str(tmp_path))


def test_what_no_from_names_becomes_the_fallback_and_a_known_id_itself() -> None:
    taxonomy = read(GOOD)
    expected = dict.fromkeys(OURS, "rest") | {"billing_price": "bills", "returns_refunds": "bills", "safety": "safety"}
    assert taxonomy.becomes(OURS, "any") == expected
    assert [each.takes for each in taxonomy.categories] == [("billing_price", "returns_refunds"), ("safety",), ()]


def test_a_category_is_read_whole() -> None:
    bills, _, rest = read(GOOD).categories
    assert (bills.label_en, bills.label_uk, bills.characteristic) == ("Bills", "Рахунки", Characteristic.ORGANIZATIONAL)
    assert (rest.description, rest.characteristic) == ("Whatever is left.", None)
    assert (read(GOOD).label("rest"), read(GOOD).label("elsewhere")) == ("The rest", "elsewhere")


def test_without_any_from_a_taxonomy_is_for_a_model_of_ones_own() -> None:
    own = read(GOOD.replace('from = ["billing_price", "returns_refunds"]\n', "").replace('"safety"', '"harm"'))
    assert own.becomes(("bills", "harm"), "own-1") == {"bills": "bills", "harm": "harm"}
    with pytest.raises(UsageError, match=r"categories that the model own-1 answers: delivery, safety\."):
        own.becomes(("delivery", "bills", "safety"), "own-1")


def test_categories_of_another_model_are_taken_once_they_are_declared() -> None:
    text = GOOD.replace('"billing_price"', '"top_up_failed"')
    assert 'names "top_up_failed", which no model answers' in problems(text)[0]
    declared = read(text.replace("version = 3", 'version = 3\nmodel_categories = ["top_up_failed"]'))
    assert declared.becomes(["top_up_failed"], "own-1") == {"top_up_failed": "bills"}


def test_the_enum_of_lexicon_and_simulator_agrees_with_the_shipped_file() -> None:
    assert tuple(Category) == OURS


def test_the_shipped_taxonomy_changes_no_answer_of_vidhuks_models() -> None:
    taxonomy = load_taxonomy(None)
    assert taxonomy.becomes(OURS, "default") == {category: category for category in OURS}
    assert (taxonomy.title, taxonomy.fallback) == ("default-1", "other")
    assert is_shipped(taxonomy)


def test_a_copy_of_ours_with_other_labels_is_still_ours_and_other_rules_are_not() -> None:
    shipped = Path(__file__).parents[4] / "pipeline" / "domain" / "taxonomies" / "default.toml"
    text = shipped.read_text(encoding="utf-8")
    assert is_shipped(read(text.replace('"Delivery"', '"Shipping"')))
    assert not is_shipped(read(text.replace("version = 1", "version = 2")))
    assert not is_shipped(read(text.replace('"default"', '"ours"')))


def test_the_digest_tells_rules_apart_and_nothing_else() -> None:
    said = read(GOOD)
    assert re.fullmatch(r"telecom-3\+[0-9a-f]{8}", said.id)
    assert read(GOOD.replace("Рахунки", "Платежі")).id == said.id
    assert read(GOOD.replace(', "returns_refunds"', "")).digest != said.digest
    assert read(GOOD.replace("version = 3", "version = 4")).digest != said.digest


@st.composite
def taxonomies(draw: st.DrawFn) -> Taxonomy:
    """A valid taxonomy that splits some of our categories among its own in some way."""
    words = st.sampled_from(OURS) | st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True)
    own = draw(st.lists(words, min_size=1, max_size=6, unique=True))
    # one of our ids takes itself, so another must not claim it
    free = [name for name in OURS if name not in own]
    homes = draw(st.lists(st.sampled_from([*own, None]), min_size=len(free), max_size=len(free)))
    claimed = dict(zip(free, homes, strict=True))
    if "safety" in free:
        claimed["safety"] = own[0]
    lines = [f'name = "drawn"\nversion = 1\nfallback = "{draw(st.sampled_from(own))}"']
    for category in own:
        takes = ", ".join(f'"{name}"' for name, home in claimed.items() if home == category)
        lines.append(f'[[category]]\nid = "{category}"\nlabel = {{ en = "E", uk = "У" }}\ndescription = "D"')
        lines.append(f"from = [{takes}]")
    return read("\n".join(lines))


@given(taxonomies())
def test_whatever_a_model_of_ours_says_becomes_an_id_and_ids_stay(taxonomy: Taxonomy) -> None:
    once = [taxonomy.mapping[name] for name in (*OURS, *taxonomy.ids) if name in taxonomy.mapping]
    assert set(once) <= set(taxonomy.ids)
    assert [taxonomy.mapping[name] for name in once] == once
    assert {taxonomy.mapping[name] for name in taxonomy.ids} == set(taxonomy.ids)


@given(taxonomies())
def test_each_category_of_ours_is_taken_by_one_or_left_to_the_fallback(taxonomy: Taxonomy) -> None:
    takers = {name: [each.id for each in taxonomy.categories if name in each.takes] for name in OURS}
    for name, found in takers.items():
        if name in taxonomy.mapping:
            assert found == [taxonomy.mapping[name]] or (not found and taxonomy.mapping[name] == taxonomy.fallback)
