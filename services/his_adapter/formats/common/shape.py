"""Quoting what a system sent in a reason for refusing it, which is kept and shown: its shape, not its words."""

SHORT, MOST = 3, 40


def shape_of(text: object) -> str:
    """`'99999999999'` of a phone number: digits are 9, Latin letters A, all others 字; a code of 3 signs is itself."""
    whole = str(text)
    if len(whole) <= SHORT and whole.isascii():
        return repr(whole)
    return repr("".join(map(_shape, whole[:MOST])))


def _shape(sign: str) -> str:
    if not sign.isalnum():
        return sign
    return "9" if sign.isdecimal() else "A" if sign.isascii() else "字"
