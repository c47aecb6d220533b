"""Templates are data: they may not run code, and a missing value is an error, not a blank."""

import pytest
from pydantic import ValidationError

from services.notify.definitions import Template, TemplateText
from services.notify.rendering import CannotRender, render


def template(subject: str, body: str = "b") -> Template:
    return Template(id="t", version=1, texts={"zh": TemplateText(subject=subject, body=body)})


def test_values_are_filled_in_and_the_subject_stays_one_line() -> None:
    assert render(template("{{ name }}\nhi", "{{ name }}：您好"), "zh", {"name": "王"}) == ("王 hi", "王：您好")


@pytest.mark.parametrize("text", ["{{ missing }}", "{{ ''.__class__.__mro__ }}"])
def test_a_template_that_cannot_be_rendered_says_which(text: str) -> None:
    with pytest.raises(CannotRender, match="template/t/1"):
        render(template(text), "zh", {})


def test_a_template_that_does_not_compile_is_no_definition() -> None:
    with pytest.raises(ValidationError, match="line 1 is no Jinja2"):
        template("{{ 1 +")
