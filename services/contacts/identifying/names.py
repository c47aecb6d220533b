"""Normalises names: blanks, middle dots, width, case, accents and the order of Latin names do not count."""

import re
from unicodedata import category, combining, normalize

_BESIDE = re.compile(r"[\s·・•‧∙⋅･．.,，、\-_()（）\[\]]+")
_HAN = re.compile(r"[\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
_LATIN = re.compile(r"[a-z]+")

_FIRST = 0xE815
_CELLS = [bytes((0xFE, cell)) for cell in (*range(0x50, 0x7F), *range(0x80, 0xA1))]
_SINCE_2022 = {
    0xE81E: 0x9FB4,
    0xE826: 0x9FB5,
    0xE82B: 0x9FB6,
    0xE82C: 0x9FB7,
    0xE832: 0x9FB8,
    0xE843: 0x9FB9,
    0xE854: 0x9FBA,
    0xE864: 0x9FBB,
    0xE816: 0x20087,
    0xE817: 0x20089,
    0xE818: 0x200CC,
    0xE831: 0x215D7,
    0xE83B: 0x2298F,
    0xE855: 0x241FE,
}
"""Characters that GB 18030-2022 moved out of the private use area; Python's codec knows the others."""
PRIVATE_USE = {
    **{_FIRST + place: ord(cell.decode("gb18030")) for place, cell in enumerate(_CELLS)},
    **_SINCE_2022,
}
"""Private use characters sent by GBK systems (row 0xFE of GBK) → Unicode, for example U+E863 → 䶮."""


def written(name: str) -> str:
    """The normalised name; "" if nothing is left of it."""
    text = normalize("NFKC", name.translate(PRIVATE_USE)).casefold()
    words = [word for word in _BESIDE.split(_plain(text)) if word]
    if not _HAN.search(text):
        return "".join(sorted(words))
    spelled = [word for word in words if _LATIN.fullmatch(word) and len(word) > 1]
    return "".join(word for word in words if word not in spelled)


def words_of(name: str) -> list[str]:
    """The words of a name in lower case."""
    return [word for word in _BESIDE.split(_plain(normalize("NFKC", name).casefold())) if word]


def _plain(text: str) -> str:
    """Remove accents, apostrophes and invisible characters."""
    signs = (sign for sign in normalize("NFKD", text) if not combining(sign) and category(sign) != "Cf")
    return "".join(sign for sign in signs if sign not in "'’`")
