"""Operations in the browser: a trace, the status with a rebuild, a dead letter that is repaired and sent again."""

import pytest
from playwright.async_api import Browser, expect

from deploy.demo.director import Director
from deploy.local.system import System
from tests.browser.test_console import patient_of
from tests.browser.watching import LANGUAGES, Tab, picture
from tests.conftest import SHANGHAI
from tests.support.systems import Patient

pytestmark = pytest.mark.browser
TEXTS = {
    "zh": {"received": "收到医院消息", "scheduled": "安排随访步骤", "ready": "就绪", "keys": "密钥"},
    "en": {
        "received": "Message of the hospital received",
        "scheduled": "Step scheduled",
        "ready": "ready",
        "keys": "Keys",
    },
}


async def refused_by_the_door(system: System) -> Patient:
    """Somebody whose admission was refused, since its segment is called PIX."""
    director, patient = Director(system), Patient.new()
    message = patient.says("ADT^A01", "R", director.clock().astimezone(SHANGHAI))
    assert "MSA|AE" in await director.mllp(message.replace("PID|", "PIX|"))
    await director.http.aclose()
    return patient


@pytest.mark.parametrize("language", LANGUAGES)
async def test_operations_follow_a_discharge_and_see_that_all_is_well(
    system: System, browser: Browser, language: str
) -> None:
    patient, texts = await patient_of(system), TEXTS[language]
    tab = await Tab.opened(browser, system, language)
    await tab.sign_in("han-ops")
    if language == "en":
        await tab.page.get_by_role("button", name="English").click()
    await tab.page.goto(f"{system.options.url}/trace")
    await tab.page.locator("input[name=id]").fill(f"OUT-{patient.mrn}")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator(".tree > li").get_by_text(texts["received"])).to_be_visible()
    await expect(tab.page.locator(".tree .tree").get_by_text(texts["scheduled"]).first).to_be_visible()
    assert await tab.accessible() == []
    await picture(tab.page, f"console-trace-{language}")
    await tab.page.goto(f"{system.options.url}/status")
    await expect(tab.page.get_by_role("row", name="complaints").get_by_text(texts["ready"])).to_be_visible()
    await expect(tab.page.get_by_role("rowheader", name=texts["keys"])).to_be_visible()
    assert await tab.accessible() == []
    await picture(tab.page, f"console-status-{language}")
    assert tab.faults == []


async def test_the_list_of_processes_is_asked_again_while_it_is_seen_and_what_is_open_stays_open(
    system: System, browser: Browser
) -> None:
    tab, thrown = await Tab.opened(browser, system), list[str]()
    tab.page.on("pageerror", lambda error: thrown.append(str(error)))
    await tab.sign_in("han-ops")
    await tab.page.goto(f"{system.options.url}/status")
    groups = tab.page.locator("#process-rows details")
    await groups.locator("summary").click()
    for _ in range(2):
        async with tab.page.expect_response("**/status/processes") as answered:
            pass
        assert (await answered.value).request.headers["careloop-live"] == "1"
    await expect(groups.get_by_role("row", name="notify.decider")).to_be_visible()
    assert (thrown, tab.faults) == ([], [])
    await tab.page.route("**/status/processes", lambda route: route.abort())
    await expect(tab.page.locator("#live-note")).to_be_visible()
    await tab.page.unroute("**/status/processes")
    await expect(tab.page.locator("#live-note")).to_be_hidden()
    assert thrown == []


async def test_a_rebuild_is_started_and_its_end_is_seen(system: System, browser: Browser) -> None:
    tab = await Tab.opened(browser, system)
    await tab.sign_in("han-ops")
    await tab.page.goto(f"{system.options.url}/status")
    await tab.page.locator("select[name=collection]").select_option("complaints.cases")
    await tab.page.get_by_role("button", name="重建").click()
    row = tab.page.locator("#rebuild-rows tbody tr").first
    await expect(row).to_contain_text("complaints.cases")
    await expect(row).to_contain_text("已完成并替换")
    await expect(row).to_contain_text("韩运维")
    assert await tab.accessible() == []
    assert tab.faults == []


async def test_a_refused_message_is_repaired_and_sent_again(system: System, browser: Browser) -> None:
    patient = await refused_by_the_door(system)
    tab = await Tab.opened(browser, system)
    await tab.sign_in("han-ops")
    await tab.page.goto(f"{system.options.url}/trace?id=R-{patient.mrn}")
    await tab.page.locator(".tree").get_by_role("link", name="死信").click()
    await expect(tab.page.get_by_text("PID-3 is required").first).to_be_visible()
    assert await tab.accessible() == []
    await tab.page.get_by_role("link", name="查看内容").click()
    content = tab.page.locator("textarea[name=content]")
    text = await content.input_value()
    assert patient.mrn in text
    assert await tab.accessible() == []
    await picture(tab.page, "console-dead-letter-zh")
    await content.fill(text.replace("PIX|1", "PIX|2"))
    await tab.page.get_by_role("button", name="发送修正后的内容").click()
    await expect(tab.page.get_by_role("alert")).to_contain_text("再次被拒收")
    await expect(tab.page.get_by_text("MSA|AE")).to_be_visible()
    await expect(content).to_have_value(text.replace("PIX|1", "PIX|2"))
    await content.fill(text.replace("PIX|", "PID|"))
    await tab.page.get_by_role("button", name="发送修正后的内容").click()
    await expect(tab.page.get_by_role("status").get_by_text("已重新发送并被接收")).to_be_visible()
    director = Director(system)
    await director.rest()
    await director.http.aclose()
    await tab.page.goto(f"{system.options.url}/trace?id=R-{patient.mrn}")
    await expect(tab.page.locator(".tree").get_by_text("医院上报：入院")).to_be_visible()
    assert tab.faults == []


async def test_several_are_sent_again_after_a_second_click_and_those_refused_stay(
    system: System, browser: Browser
) -> None:
    for _ in range(2):
        await refused_by_the_door(system)
    tab = await Tab.opened(browser, system)
    await tab.sign_in("han-ops")
    await tab.page.goto(f"{system.options.url}/dead-letters?reason=hl7-broken")
    ticks = tab.page.locator("input[name=ids]")
    await expect(ticks.nth(1)).to_be_visible()
    for number in range(2):
        await ticks.nth(number).check()
    await tab.page.get_by_text("重新发送所选死信").click()
    assert await tab.accessible() == []
    await picture(tab.page, "console-dead-letters-zh")
    await tab.page.locator("details button.danger").click()
    await expect(tab.page.get_by_role("status")).to_contain_text("2 封再次被拒收")
    await expect(ticks.nth(1)).to_be_visible()
    assert await tab.accessible() == []
    assert tab.faults == []


async def test_an_interface_engineer_looks_and_changes_nothing(system: System, browser: Browser) -> None:
    await refused_by_the_door(system)
    tab = await Tab.opened(browser, system)
    await tab.sign_in("jiang-interfaces")
    await tab.page.goto(f"{system.options.url}/dead-letters")
    await tab.page.locator("tbody a").first.click()
    await tab.page.get_by_role("link", name="查看内容").click()
    await expect(tab.page.locator("pre.record").last).to_be_visible()
    await expect(tab.page.locator("textarea")).to_have_count(0)
    await tab.page.goto(f"{system.options.url}/status")
    await expect(tab.page.locator("select[name=collection]")).to_have_count(0)
    assert tab.faults == []
