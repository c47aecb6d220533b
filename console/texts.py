"""Every text of the console in each language, from `locale/<language>.po` (GNU gettext, read at start)."""

from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Literal, get_args

from babel.core import Locale, UnknownLocaleError, negotiate_locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
FOLDER = Path(__file__).parent / "locale"


def catalog(language: Language) -> Catalog:
    """The texts of a language, as its file has them."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


@cache
def translations(language: Language) -> GNUTranslations:
    """The texts of a language, ready to look up."""
    compiled = BytesIO()
    write_mo(compiled, catalog(language))
    return GNUTranslations(BytesIO(compiled.getvalue()))


def named(language: Language, kind: str, value: str) -> str:
    """The name of a value (`reason.no-consent`); a value that has none, as a code of a provider, as it is."""
    name = translations(language).gettext(f"{kind}.{value}")
    return value if name == f"{kind}.{value}" else name


def language_name(language: Language, code: str) -> str:
    """The name of a language by its code (BCP 47), such as `中文` of `zh-CN`; a code that is none, as it is."""
    try:
        return Locale.parse(code.replace("_", "-"), sep="-").get_language_name(language) or code
    except (UnknownLocaleError, ValueError):
        return code


def language_of(*wished: str | None) -> Language:
    """The first wish that the console speaks: a language, or a browser's Accept-Language; else Chinese."""
    for wish in wished:
        wanted = [each.partition(";")[0].strip().replace("-", "_") for each in (wish or "").split(",")]
        match negotiate_locale([each.partition("_")[0] for each in wanted if each], LANGUAGES):
            case "en":
                return "en"
            case "zh":
                return "zh"
    return "zh"
