"""How what identifies a person or an input is read and compared, so that one value has one form. Pure.

`names.py`, `phones.py` and `citizens.py` normalise names, phone numbers and national ids; `placeholders.py` recognises
values that identify nobody. `definitions.py` is what a hospital chooses of this. `input_digests.py` recognises inputs
that were recorded already.
"""
