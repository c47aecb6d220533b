"""Sign-in and sign-out at an identity provider in a real browser: what policies and cookies let through is its word."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.watching import picture
from tests.console.desks import Seat, member
from tests.support.oidc import CLIENT, SECRET, a_provider, free_port, serving

pytestmark = pytest.mark.browser


async def test_two_tabs_sign_in_at_the_provider_and_out_again(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    async with a_provider() as provider:
        oidc = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret_file": tmp_path / "secret"}
        port = free_port()
        url = f"http://localhost:{port}"  # another site than the provider's 127.0.0.1
        staff = [member("liu", "nurse", login="liu.na")]
        seat = Seat(tmp_path, staff, public_url=url, users_file=None, oidc=oidc)
        async with serving(seat.app, port):
            context = await browser.new_context(locale="zh-CN")
            faults: list[str] = []
            tabs = [await context.new_page() for _ in range(2)]
            for tab in tabs:
                tab.on("console", lambda each: faults.append(each.text) if each.type in ("error", "warning") else None)
                await tab.goto(f"{url}/find")
            await picture(tabs[0], "console-provider-zh")
            for tab in tabs:
                await tab.get_by_role("link", name="使用医院统一账号登录").click()
                await expect(tab.get_by_role("navigation")).to_be_visible()
                assert tab.url == f"{url}/find"
            await tabs[0].get_by_role("button", name="退出").first.click()
            await expect(tabs[0].get_by_role("link", name="使用医院统一账号登录")).to_be_visible()
            assert [each["id_token_hint"].count(".") for each in provider.signed_out] == [2]
            await tabs[1].reload()
            await expect(tabs[1].get_by_role("navigation")).to_have_count(0)
            assert faults == []
            await context.close()
