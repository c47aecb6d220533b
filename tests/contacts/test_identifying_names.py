"""A name has one form, however it is written."""

import pytest

from services.contacts.identifying.names import written


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("王 秀英", "王秀英"),
        ("王　秀英", "王秀英"),
        ("阿卜杜拉·买买提", "阿卜杜拉•买买提"),
        ("阿卜杜拉・买买提", "阿卜杜拉买买提"),
        ("阿卜杜拉．买买提", "阿卜杜拉买买提"),
        ("John Smith", "SMITH, JOHN"),
        ("ＪＯＨＮ　ＳＭＩＴＨ", "john smith"),
        ("José García", "JOSE GARCIA"),
        ("O'Brien Mary", "Mary OBrien"),
        ("Jean-Luc Picard", "jean luc picard"),
        ("张\ue863", "张䶮"),
        ("王秀英 WANG XIUYING", "王秀英"),
        ("王秀英（WANG）", "王秀英"),
        ("王\u200b秀英\ufeff", "王秀英"),
        ("John\u00a0\u200eSmith", "john smith"),
    ],
)
def test_a_name_is_one_however_it_is_written(one: str, other: str) -> None:
    assert written(one) == written(other)


@pytest.mark.parametrize(("one", "other"), [("王秀英", "王秀瑛"), ("John Smith", "Joan Smith"), ("李娟", "李娟之女")])
def test_different_names_stay_different(one: str, other: str) -> None:
    assert written(one) != written(other)
