"""Phones: ARPAbet without stress, and how phonemes in IPA become them.

The IPA is that of hibari's phonemizer (the alphabet of misaki and Kokoro, where capitals are diphthongs).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SILENCE = "SIL"

ARPABET = {
    "AA": "ɑɒ",
    "AE": "æa",
    "AH": "əɐʌᵊ",
    "AO": "ɔ",
    "AW": "W",
    "AY": "I",
    "B": "b",
    "CH": "ʧ",
    "D": "d",
    "DH": "ð",
    "EH": "ɛe",
    "ER": "ɚɜ",
    "EY": "A",
    "F": "f",
    "G": "ɡɣ",
    "HH": "hçx",
    "IH": "ɪᵻɨ",
    "IY": "i",
    "JH": "ʤ",
    "K": "kcq",
    "L": "lʎ",
    "M": "m",
    "N": "nɲ",
    "NG": "ŋ",
    "OW": "OQo",
    "OY": "Y",
    "P": "p",
    "R": "ɹrɻʁ",
    "S": "s",
    "SH": "ʃɕ",
    "T": "tTɾʔ",
    "TH": "θ",
    "UH": "ʊ",
    "UW": "uy",
    "V": "vβʋ",
    "W": "w",
    "Y": "j",
    "Z": "z",
    "ZH": "ʒ",
}
_BY_SYMBOL = {symbol: phone for phone, symbols in ARPABET.items() for symbol in symbols}
_RHOTIC = {"əɹ", "ɜɹ"}  # two symbols, one phone: ER
STRESS = "ˈˌ"
VOWELS = frozenset(["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"])

VOWEL_SYMBOLS = frozenset(symbol for vowel in VOWELS for symbol in ARPABET[vowel])


@dataclass(frozen=True)
class Symbols:
    """One phone and the symbols that spell it: ``ipa[first:last]``."""

    name: str
    first: int
    last: int


def to_arpabet(ipa: str) -> tuple[Symbols, ...]:
    """The phones of a phoneme string. Stress marks, blanks, punctuation and length marks are no phones."""
    found: list[Symbols] = []
    for at, symbol in enumerate(ipa):
        name = _BY_SYMBOL.get(symbol)
        if name is None:
            continue
        before = found[-1] if found else None
        if before and before.last == at and ipa[before.first : at + 1] in _RHOTIC:
            found[-1] = Symbols("ER", before.first, at + 1)
        else:
            found.append(Symbols(name, at, at + 1))
    return tuple(found)


def names(ipa: str) -> tuple[str, ...]:
    """The names of the phones of a phoneme string."""
    return tuple(phone.name for phone in to_arpabet(ipa))


def to_ipa(phones: Sequence[str]) -> str:
    """Phones in ARPAbet, with or without digits of stress, in the phonemizer's alphabet. Without digits the first vowel
    that is no neutral one is stressed."""
    bare = not any(phone[-1].isdigit() for phone in phones)
    vowels = [at for at, phone in enumerate(phones) if phone.rstrip("012") in VOWELS]
    first = next((at for at in vowels if phones[at] != "AH"), vowels[0] if vowels else -1)
    ipa = ""
    for at, phone in enumerate(phones):
        name = phone.rstrip("012")
        level = phone[-1] if phone[-1].isdigit() else "1" if bare and at == first else "0"
        ipa += {"1": "ˈ", "2": "ˌ"}.get(level, "") if name in VOWELS else ""
        ipa += {"AH": "ə" if level == "0" else "ʌ", "ER": "əɹ" if level == "0" else "ɜɹ"}.get(name) or ARPABET[name][0]
    return ipa


def with_stress(ipa: str) -> tuple[str, ...]:
    """The phones of a phoneme string, vowels with their digits of stress: ``HH AH0 L OW1``."""
    found: list[str] = []
    done = 0
    for phone in to_arpabet(ipa):
        marks = ipa[done : phone.first]
        level = "1" if "ˈ" in marks else "2" if "ˌ" in marks else "0"
        found.append(phone.name + level if phone.name in VOWELS else phone.name)
        done = phone.last if phone.name in VOWELS or not set(marks) & set(STRESS) else done
    return tuple(found)


def owners(spoken: Sequence[str], expected: Sequence[Sequence[str]]) -> list[int]:
    """Which word each spoken phone belongs to.

    A global alignment (Needleman and Wunsch 1970) of what was spoken with what each word sounds like by itself. Phones
    that match no word go to the word before them.

    :param spoken: names of phones
    :param expected: for each word the names of its phones; may be empty
    :return: for each spoken phone the index of its word, never falling; empty where no word has a phone
    """
    flat = [(phone, word) for word, phones in enumerate(expected) for phone in phones]
    if not flat or not spoken:
        return []
    matched = [flat[at][1] if at is not None else None for at in match(spoken, [phone for phone, _ in flat])]
    owner: list[int] = []
    for at, word in enumerate(matched):
        following = next((later for later in matched[at:] if later is not None), 0)
        owner.append(word if word is not None else owner[-1] if owner else following)
    return owner


def match(spoken: Sequence[str], wanted: Sequence[str]) -> list[int | None]:
    """For each spoken phone the index of the wanted phone that it matches."""
    import numpy as np

    gap = 0.4
    columns = np.arange(len(wanted) + 1)
    total = np.empty((len(spoken) + 1, len(wanted) + 1), np.float32)
    total[0] = -gap * columns
    gains = {phone: np.array([_gain(phone, other) for other in wanted]) for phone in set(spoken)}
    for row, phone in enumerate(spoken, 1):
        best = total[row - 1] - gap
        best[1:] = np.maximum(best[1:], total[row - 1, :-1] + gains[phone])
        total[row] = np.maximum.accumulate(best + gap * columns) - gap * columns
    path: list[int | None] = []
    row, column = len(spoken), len(wanted)
    while row:
        if column and np.isclose(
            total[row, column], total[row - 1, column - 1] + gains[spoken[row - 1]][column - 1], 0, 0.02
        ):
            row, column = row - 1, column - 1
            path.append(column)
        elif np.isclose(total[row, column], total[row - 1, column] - gap, 0, 0.02):
            row -= 1
            path.append(None)
        else:
            column -= 1
    return path[::-1]


def _gain(one: str, other: str) -> float:
    """How well two phones match: equal, both vowels or both consonants, or not at all."""
    if one == other:
        return 1.0
    return 0.1 if (one in VOWELS) == (other in VOWELS) else -1.0
