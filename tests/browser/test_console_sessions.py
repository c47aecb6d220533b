"""Sessions in real browsers: ended everywhere at once, by oneself or by a new password."""

import pytest
from playwright.async_api import Browser, expect

from console.users import UsersFile
from deploy.local.system import System
from tests.browser.watching import LANGUAGES, Tab, picture
from tests.support.eventually import eventually

pytestmark = pytest.mark.browser
OUT = "input[name=password]"
NEW = "四月的雨 falls on the ward / 42"


async def is_out(tab: Tab) -> None:
    """Whoever reloads this page is asked to sign in, as soon as the console has read the event."""

    async def asked() -> bool:
        await tab.page.reload()
        return await tab.page.locator(OUT).is_visible()

    await eventually(asked)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_signs_out_everywhere_is_out_at_every_desk(system: System, browser: Browser, language: str) -> None:
    here, there = await Tab.opened(browser, system, language), await Tab.opened(browser, system, language)
    other = await Tab.opened(browser, system, language)
    for tab in (here, there):
        await tab.sign_in("liu-nurse")
    await other.sign_in("wang-agent")
    await here.page.goto(f"{system.options.url}/account")
    assert await here.accessible() == []
    await picture(here.page, f"console-account-{language}")
    await here.page.locator("form[action='/sign-out/everywhere'] button").click()
    await expect(here.page.locator("input[name=password]")).to_be_visible()
    await is_out(there)
    await other.page.reload()
    await expect(other.page.get_by_role("navigation")).to_be_visible()
    await here.sign_in("liu-nurse")
    assert [*here.faults, *there.faults] == []


async def test_a_new_password_ends_all_sessions(system: System, browser: Browser) -> None:
    here, there = await Tab.opened(browser, system), await Tab.opened(browser, system)
    old = system.users["wang-agent"]
    for tab in (here, there):
        await tab.sign_in("wang-agent")
    await here.page.goto(f"{system.options.url}/account")
    await here.page.locator("input[name=current]").fill(old)
    await here.page.locator("input[name=new]").fill(NEW)
    await here.page.locator("form[action='/account/password'] button").click()
    await expect(here.page.get_by_text("密码已修改")).to_be_visible()
    await picture(here.page, "console-password-changed-zh")
    await is_out(there)
    await here.page.locator("input[name=login]").fill("wang-agent")
    await here.page.locator("input[name=password]").fill(NEW)
    await here.page.locator("button.main").click()
    await expect(here.page.get_by_role("navigation")).to_be_visible()
    UsersFile(system.options.data_dir / "users.json").put("wang-agent", old)
    assert here.faults == []
