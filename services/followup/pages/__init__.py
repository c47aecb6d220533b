"""The HTML pages for patients, in Chinese and English."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape

TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "满意度调查",
        "low": "很不满意",
        "high": "非常满意",
        "comment": "您想对我们说些什么？（选填）",
        "send": "提交",
        "thanks": "感谢您的反馈，我们会认真对待。",
        "survey-answered": "您已经填写过这份调查，谢谢。",
        "expired": "该链接已过期。如需帮助，请致电医院。",
        "broken": "该链接无效。请使用短信或邮件中的完整链接。",
        "survey-not-open": "这份调查目前无法填写。",
        "score-invalid": "请选择一个分数。",
        "pending": "已收到您的反馈，正在处理。",
    },
    "en": {
        "title": "Satisfaction survey",
        "low": "very unhappy",
        "high": "very happy",
        "comment": "Is there anything you want to tell us? (optional)",
        "send": "Send",
        "thanks": "Thank you. We take this seriously.",
        "survey-answered": "You have answered this survey already. Thank you.",
        "expired": "This link has expired. Please call the hospital if you need help.",
        "broken": "This link is not valid. Please use the whole link from your message.",
        "survey-not-open": "This survey cannot be answered now.",
        "score-invalid": "Please choose a score.",
        "pending": "We have received your answer.",
    },
}
_PAGES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape())


def language_of(tag: str | None) -> str:
    """`en` for a language tag that is not Chinese, else `zh`."""
    return "en" if tag and not tag.lower().startswith("zh") else "zh"


def render(language: str, hospital: str, message: str | None = None, **more: Any) -> str:
    """The survey page; with `message` (a key of `TEXTS`) only that message."""
    texts = TEXTS[language]
    shown = texts.get(message, texts["broken"]) if message else None
    return _PAGES.get_template("survey.html").render(
        language=language, hospital=hospital, t=texts, message=shown, **more
    )
