"""Quote a received value in a refusal, which is stored and shown, without disclosing its text."""

SHORT, MOST = 3, 40


def shape_of(text: object) -> str:
    """Return the value with digits as 9, Latin letters as A and others as 字; codes of up to 3 characters unchanged."""
    value = str(text)
    if len(value) <= SHORT and value.isascii():
        return repr(value)
    return repr("".join(map(_shape, value[:MOST])))


def _shape(sign: str) -> str:
    if not sign.isalnum():
        return sign
    return "9" if sign.isdecimal() else "A" if sign.isascii() else "字"
