"""Users and roles: a login that somebody guesses at is locked, and an administrator lifts it; views of one's own."""

import pytest
from playwright.async_api import Browser, expect

from deploy.local.system import System
from tests.browser.watching import LANGUAGES, Tab, picture
from tests.support.eventually import eventually

pytestmark = pytest.mark.browser
TEXTS = {
    "zh": {
        "locked": "已锁定",
        "lift": "解除锁定",
        "lifted": "已解除锁定",
        "end": "全部退出登录",
        "ended": "已全部退出登录",
    },
    "en": {
        "locked": "locked",
        "lift": "Lift the lock",
        "lifted": "The lock is lifted",
        "end": "End all sessions",
        "ended": "All sessions are ended",
    },
}


async def signs_in(tab: Tab, url: str, password: str) -> bool:
    """Try to sign in as the registrar; whether that led in."""
    await tab.page.goto(f"{url}/sign-in")
    await tab.page.locator("input[name=login]").fill("sun-registrar")
    await tab.page.locator("input[name=password]").fill(password)
    await tab.page.locator("button.main").click()
    await tab.page.locator("nav.menu, [role=alert]").first.wait_for()
    return await tab.page.locator("nav.menu").is_visible()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_administrator_finds_who_is_locked_and_lets_them_in_again(
    system: System, browser: Browser, language: str
) -> None:
    texts, url = TEXTS[language], system.options.url
    admin, guesser = await Tab.opened(browser, system, language), await Tab.opened(browser, system, language)
    for _ in range(5):
        assert not await signs_in(guesser, url, "a guess")
    await admin.sign_in("he-admin")
    if language == "en":
        await admin.page.get_by_role("button", name="English").click()
    locked = admin.page.get_by_role("row", name="孙登记员")

    async def shows_it() -> bool:
        await admin.page.goto(f"{url}/users")
        return await locked.get_by_text(texts["locked"]).is_visible()

    await eventually(shows_it)
    assert await admin.accessible() == []
    await picture(admin.page, f"console-users-{language}")
    await locked.get_by_role("link", name="孙登记员").click()
    await admin.page.get_by_role("button", name=texts["lift"]).wait_for()
    await admin.page.locator("summary", has_text=texts["end"]).click()
    assert await admin.accessible() == []
    await picture(admin.page, f"console-user-{language}")
    await admin.page.get_by_role("button", name=texts["lift"]).click()
    await expect(admin.page.get_by_text(texts["lifted"])).to_be_visible()

    async def is_in() -> bool:
        return await signs_in(guesser, url, system.users["sun-registrar"])

    await eventually(is_in)
    await admin.page.locator("summary", has_text=texts["end"]).click()
    await admin.page.get_by_role("button", name=texts["end"]).click()
    await expect(admin.page.get_by_text(texts["ended"])).to_be_visible()

    async def is_out() -> bool:
        await guesser.page.reload()
        return await guesser.page.locator("input[name=password]").is_visible()

    await eventually(is_out)
    assert [*admin.faults, *guesser.faults] == []


VIEWS = {
    "zh": {
        "mine": "我的视图",
        "as": "将当前筛选保存为",
        "save": "保存",
        "show": "显示",
        "remove": "删除",
        "title": "我的高优先级",
    },
    "en": {
        "mine": "My views",
        "as": "Save this view as",
        "save": "Save",
        "show": "Show",
        "remove": "Remove",
        "title": "Mine, high",
    },
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_filter_is_saved_under_a_title_opened_again_and_removed(
    system: System, browser: Browser, language: str
) -> None:
    texts, tab = VIEWS[language], await Tab.opened(browser, system, language)
    await tab.sign_in("zhou-complaints")
    if language == "en":
        await tab.page.get_by_role("button", name="English").click()
    await tab.page.goto(f"{system.options.url}/cases")
    await tab.page.locator("input[name=severity][value=high]").check()
    await tab.page.locator("select[name=whose]").select_option("me")
    await tab.page.get_by_role("button", name=texts["show"]).click()
    await tab.page.locator("summary", has_text=texts["mine"]).click()
    await tab.page.get_by_label(texts["as"]).fill(texts["title"])
    assert await tab.accessible() == []
    await tab.page.get_by_role("button", name=texts["save"], exact=True).click()
    view = tab.page.get_by_role("list", name=texts["mine"]).get_by_role("link", name=texts["title"])
    await expect(view).to_have_attribute("aria-current", "page")
    await tab.page.goto(f"{system.options.url}/cases")
    await view.click()
    await expect(tab.page.locator("input[name=severity][value=high]")).to_be_checked()
    await expect(tab.page.locator("select[name=whose]")).to_have_value("me")
    await tab.page.locator("summary", has_text=texts["mine"]).click()
    assert await tab.accessible() == []
    await picture(tab.page, f"console-views-{language}")
    await tab.page.get_by_role("button", name=f"{texts['remove']} {texts['title']}").click()
    await expect(view).to_have_count(0)
    assert tab.faults == []
