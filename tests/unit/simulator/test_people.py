"""Customers are invented, and stay who they are."""

from __future__ import annotations

import re

from pipeline.simulator.people import Person

PEOPLE = [Person(number) for number in range(5000)]
RESERVED = re.compile(r"@(example\.(com|org|net)|[a-z]+\.example)$")  # RFC 2606 and RFC 6761
FICTION = re.compile(r"^(\+447700900\d{3}|\+38000\d{7})$")  # Ofcom's drama range; no Ukrainian code is 00


def test_every_address_is_in_a_domain_reserved_for_examples() -> None:
    assert all(RESERVED.search(person.contact().email or "") for person in PEOPLE)


def test_every_phone_number_is_in_a_range_that_reaches_nobody() -> None:
    assert all(FICTION.match(person.contact().phone or "") for person in PEOPLE)


def test_a_number_always_gives_the_same_person() -> None:
    assert Person(42).contact() == Person(42).contact()
    assert Person(42).language == Person(42).language


def test_people_differ() -> None:
    assert len({person.contact().name for person in PEOPLE}) > 400
    assert len({person.contact().email for person in PEOPLE}) == len(PEOPLE)
    assert {person.language for person in PEOPLE} == {"en", "uk"}
