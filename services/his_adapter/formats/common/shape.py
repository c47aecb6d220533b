"""Quote a received value in a refusal, which is stored and shown, without disclosing its text."""

SHORT, MAX_CHARACTERS = 3, 40
"""Characters up to which a value counts as a code, and after which its shape is cut."""


def shape_of(text: object) -> str:
    """Return the value with digits as 9, Latin letters as A and others as 字; codes of up to 3 characters unchanged."""
    value = str(text)
    if len(value) <= SHORT and value.isascii():
        return repr(value)
    return repr("".join(map(_shape, value[:MAX_CHARACTERS])))


def _shape(sign: str) -> str:
    if not sign.isalnum():
        return sign
    return "9" if sign.isdecimal() else "A" if sign.isascii() else "字"
