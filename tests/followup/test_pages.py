"""The page a patient sees shows texts as texts, whoever wrote them."""

import pytest

from services.followup.pages import TEXTS, render

MARKUP = "<script>alert(1)</script>\"'&"


@pytest.mark.parametrize("language", TEXTS)
def test_what_a_hospital_calls_itself_or_asks_is_shown_as_it_is_written(language: str) -> None:
    page = render(language, MARKUP, question=MARKUP, scale=5)
    assert "<script>" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;") == 2


def test_a_message_is_one_of_ours_and_no_text_from_outside() -> None:
    assert MARKUP not in render("en", "City Hospital", MARKUP)
    assert TEXTS["en"]["broken"] in render("en", "City Hospital", MARKUP)
