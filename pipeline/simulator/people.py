"""Invented customers. Every address is in a domain reserved for examples, every number in a range kept for fiction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pipeline.domain.events.feedback import Customer
from pipeline.simulator.company import REGIONS

_GIVEN_UK: Final = (
    ("Олена", "olena"), ("Андрій", "andrii"), ("Ірина", "iryna"), ("Тарас", "taras"), ("Наталія", "nataliia"),
    ("Богдан", "bohdan"), ("Соломія", "solomiia"), ("Юрій", "yurii"), ("Дарина", "daryna"), ("Остап", "ostap"),
    ("Мар’яна", "mariana"), ("Степан", "stepan"), ("Зоряна", "zoriana"), ("Лев", "lev"), ("Оксана", "oksana"),
    ("Назар", "nazar"), ("Христина", "khrystyna"), ("Роман", "roman"), ("Галина", "halyna"),
)  # fmt: skip
_FAMILY_UK: Final = (
    ("Верболіз", "verboliz"), ("Перекотиполе", "perekotypole"), ("Зимородок", "zymorodok"), ("Чебрець", "chebrets"),
    ("Сонцедар", "sontsedar"), ("Лелечко", "lelechko"), ("Барвінчук", "barvinchuk"), ("Жайвір", "zhaivir"),
    ("Калинець", "kalynets"), ("Росинка", "rosynka"), ("Полудень", "poluden"), ("Криниця", "krynytsia"),
    ("Ожинко", "ozhynko"),
)  # fmt: skip
_GIVEN_EN: Final = (
    "Alder", "Briony", "Corin", "Delphine", "Edda", "Fenwick", "Greta", "Hollis", "Ines", "Jory", "Kestrel",
    "Linnet", "Marlo", "Nesta", "Orrin", "Perrin", "Quill", "Rowena", "Sorrel",
)  # fmt: skip
_FAMILY_EN: Final = (
    "Ashfold", "Birchwater", "Cloverdale", "Dunmere", "Elderflint", "Fernsby", "Goldacre", "Hawthwaite",
    "Inkwell", "Juniperus", "Kettlewood", "Larkmoor", "Mossgrave",
)  # fmt: skip
_DOMAINS: Final = ("example.com", "example.org", "example.net", "post.example", "mail.example")


@dataclass(frozen=True, slots=True)
class Person:
    """One customer, wholly determined by its number."""

    number: int

    @property
    def subject(self) -> str:
        """What channels call this customer."""
        return f"customer-{self.number}"

    @property
    def language(self) -> str:
        """The language this customer writes in: Ukrainian for six in ten, English for the others."""
        return "uk" if _mixed(self.number, 10) < 6 else "en"

    @property
    def region(self) -> str:
        """Where this customer lives."""
        return REGIONS[_mixed(self.number + 7, len(REGIONS))]

    def contact(self) -> Customer:
        """Name, e-mail and phone, all invented."""
        number = self.number
        if self.language == "uk":
            given, family = _GIVEN_UK[number % len(_GIVEN_UK)], _FAMILY_UK[number % len(_FAMILY_UK)]
            name, mailbox = f"{given[0]} {family[0]}", f"{given[1]}.{family[1]}"
            # no operator and no region has the code 00: such a number cannot be dialled
            phone = f"+38000{_mixed(number, 10_000_000):07d}"
        else:
            first, last = _GIVEN_EN[number % len(_GIVEN_EN)], _FAMILY_EN[number % len(_FAMILY_EN)]
            name, mailbox = f"{first} {last}", f"{first}.{last}".lower()
            # Ofcom keeps 07700 900000 to 900999 for drama
            phone = f"+447700900{_mixed(number, 1000):03d}"
        return Customer(name=name, email=f"{mailbox}{number}@{_DOMAINS[number % len(_DOMAINS)]}", phone=phone)


def _mixed(number: int, bound: int) -> int:
    """A number below `bound` that looks unrelated to its neighbours' (Knuth's multiplicative hashing)."""
    return (((number + 1) * 2_654_435_761) % (1 << 32)) * bound >> 32
