"""A person signs up on a phone, reads in French over a bad line, passes the check, and finds it on another device."""

import os
import re
import signal
import subprocess

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.conftest import PASSWORD, sign_in, wait_for
from tests.journeys.right_answers import give, right_answers

MODULE = "/fr/courses/technical-refresher/"
CHECK = MODULE + "knowledge-check/"


def start_check(page, path=CHECK):
    page.goto(path)
    page.locator(f'form[action="{path}start/"] button').click()
    expect(page.locator("form.sheet")).to_be_visible()
    return page.locator(".question")


def test_a_person_signs_up_reads_in_french_loses_the_line_passes_and_goes_on_elsewhere(portal, device):
    page = device()
    page.goto("/fr/accounts/signup/")
    page.fill("[name=name]", "Aline Uwase")
    page.fill("[name=email]", "aline@example.org")
    page.fill("[name=password1]", PASSWORD)
    page.check("[name=consent]")
    page.press("[name=password1]", "Enter")
    page.wait_for_url("**/confirm-email/")
    page.fill("[name=code]", portal.code("aline@example.org"))
    page.press("[name=code]", "Enter")
    page.wait_for_url(re.compile(r"/fr/$"))
    assert page.locator("html").get_attribute("lang") == "fr"

    welcome = wait_for(lambda: [m for m in portal.letters("aline@example.org") if "Auto-Submitted" in m], 40)[0]
    assert welcome["Content-Language"] == "fr"
    page.reload()
    page.locator(".bar a", has_text=re.compile("1")).click()  # the inbox badge
    expect(page.locator(".rows li")).to_have_count(1)

    page.goto(MODULE)
    page.locator(".todo a").first.click()
    page.locator(".read button").click()
    page.goto(MODULE)
    expect(page.locator(".todo .is-done")).to_have_count(1)

    answers, questions = right_answers(), start_check(page)
    count = questions.count()
    for n in range(5):
        give(questions.nth(n), answers)
        expect(questions.nth(n).locator("[role=status]")).to_have_class("kept")
    page.context.set_offline(True)
    give(questions.nth(5), answers)
    give(questions.nth(6), answers)
    expect(questions.nth(6).locator("[role=status]")).to_have_class("waiting")
    page.context.set_offline(False)
    page.reload()
    expect(questions.nth(6).locator("[role=status]")).to_have_class("kept")

    other = device(width=1280)
    other.goto("/fr/accounts/login/")
    other.fill("[name=login]", "ALINE@example.org")
    other.fill("[name=password]", PASSWORD)
    other.press("[name=password]", "Enter")
    other.wait_for_url(re.compile(r"/fr/$"))
    questions = start_check(other)
    for n in range(7, count):
        give(questions.nth(n), answers)
        expect(questions.nth(n).locator("[role=status]")).to_have_class("kept")
    other.locator("button[formaction]").click()
    expect(other.locator(".big")).to_have_text(re.compile(r"100\s%"))
    page.goto(MODULE)
    expect(page.locator(".todo .is-done")).to_have_count(2)


def test_the_same_by_keyboard_alone(device):
    page = device(width=1280)
    page.goto("/fr/accounts/login/?next=" + CHECK)
    focus(page, "[name=login]")
    page.keyboard.type("participant@demo.example")
    focus(page, "[name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    focus(page, f'form[action="{CHECK}start/"] button')
    page.keyboard.press("Enter")
    questions = page.locator(".question")
    expect(questions.first).to_be_visible()
    answers = right_answers()
    for n in range(questions.count()):
        section = questions.nth(n)
        wanted = answers[section.locator("legend, .form-label").first.inner_text().strip()]
        if section.locator("[type=radio]").count():
            label = wanted[0]
            by_value = label in ("true", "false")
            target = section.locator(f"[type=radio][value={label}]") if by_value else section.get_by_label(label, exact=True)
            focus(page, f'[id="{section.locator("[type=radio]").first.get_attribute("id")}"]')
            page.keyboard.press("Space")
            for _ in range(6):
                if target.is_checked():
                    break
                page.keyboard.press("ArrowDown")
            expect(target).to_be_checked()
        elif section.locator("[type=checkbox]").count():
            for label in wanted:
                focus(page, f'[id="{section.get_by_label(label, exact=True).get_attribute("id")}"]')
                page.keyboard.press("Space")
        else:
            focus(page, f'[id="{section.locator(".form-control").get_attribute("id")}"]')
            page.keyboard.type(wanted[0])
    assert faults_of(page) == []
    focus(page, "button[formaction]")
    page.keyboard.press("Enter")
    expect(page.locator(".big")).to_have_text(re.compile(r"100\s%"))
    assert faults_of(page) == []


def faults_of(page) -> list[str]:
    """Return what axe finds on a page, with the first place of each."""
    result = Axe().run(page)
    assert result.response["passes"], "axe examined nothing"
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:200]}" for fault in result.response["violations"]]


def focus(page, selector: str, most=120):
    """Press Tab until an element has the focus."""
    for _ in range(most):
        if page.evaluate("s => document.activeElement && document.activeElement.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by keyboard")


def test_without_javascript_each_question_is_saved_by_its_own_button(device):
    page = device(java_script_enabled=False)
    sign_in(page, "participant-fr")
    questions, answers = start_check(page), right_answers()
    for n in range(questions.count()):
        give(questions.nth(n), answers)
        with page.expect_navigation():
            questions.nth(n).locator("button[name=save]").click()
        expect(questions.nth(n).locator("[role=status]")).to_have_class("kept")

    # A number that is none: refused beside the field, what was typed stays, the rest is kept.
    number = page.locator(".question:has([inputmode=decimal])").first
    right = number.locator(".form-control").input_value()
    number.locator(".form-control").fill("beaucoup")
    with page.expect_navigation():
        page.locator("button[formaction]").click()
    expect(number.locator(".invalid-feedback")).to_be_visible()
    expect(number.locator(".form-control")).to_have_value("beaucoup")
    number.locator(".form-control").fill(right)

    # The line is cut while handing in; the same form is sent again.
    page.context.set_offline(True)
    page.locator("button[formaction]").click()
    page.wait_for_timeout(300)
    page.context.set_offline(False)
    page.go_back()
    with page.expect_navigation():
        page.locator("button[formaction]").click()
    expect(page.locator(".big")).to_have_text(re.compile(r"100\s%"))


def test_switching_language_keeps_place_and_answers(device):
    page = device()
    sign_in(page, "participant-es")
    page.goto(MODULE + "sources-and-instruments/")
    page.locator("#b9").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#b9').scrollIntoView()")
    page.locator('.bar a[hreflang="es"]').evaluate("link => link.click()")
    page.wait_for_url(re.compile(r"/es/courses/technical-refresher/sources-and-instruments/#b\d+$"))
    questions = start_check(page)
    radio = page.locator(".question:has([type=radio])").first
    radio.locator("[type=radio]").first.check()
    expect(radio.locator("[role=status]")).to_have_class("kept")
    page.locator('.bar a[hreflang="en"]').evaluate("link => link.click()")
    page.wait_for_url(re.compile("/en/"))
    expect(page.locator(".question:has([type=radio])").first.locator("[type=radio]").first).to_be_checked()
    assert questions.count() == 12


def test_signing_out_names_what_could_not_be_sent(device):
    page = device()
    sign_in(page, "tutor")
    start_check(page)
    leave = device_page = page.context.new_page()
    leave.goto("/fr/accounts/logout/")
    page.context.set_offline(True)
    page.locator(".question:has([type=radio]) [type=radio]").first.check()
    expect(page.locator(".question .waiting")).to_have_count(1)
    leave.locator("form[data-signout] [type=submit]").click()
    expect(device_page.locator(".alert-warning")).to_be_visible()
    page.context.set_offline(False)
    leave.reload()
    with leave.expect_navigation():
        leave.locator("form[data-signout] [type=submit]").click()
    assert leave.evaluate("Object.keys(localStorage).filter(k => k.startsWith('fdw.answers')).length") == 0


def test_a_shared_computer_keeps_nothing(device):
    page = device()
    page.goto("/en/accounts/login/")
    page.fill("[name=login]", "staff@demo.example")
    page.fill("[name=password]", PASSWORD)
    page.check("[name=shared]")
    with page.expect_navigation():
        page.press("[name=password]", "Enter")
    assert [c["expires"] for c in page.context.cookies() if c["name"] == "sessionid"] == [-1]
    start_check(page, CHECK.replace("/fr/", "/en/"))
    page.wait_for_load_state("networkidle")  # the page's script is there
    page.context.set_offline(True)
    page.locator(".question:has([type=radio]) [type=radio]").first.check()
    expect(page.locator(".question .waiting")).to_have_count(1)
    assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('fdw.answers')).length") == 0
    page.context.set_offline(False)


PAGES = ["", "courses/", "courses/technical-refresher/", "courses/technical-refresher/sources-and-instruments/",
         "courses/technical-refresher/knowledge-check/", "glossary/", "accounts/login/", "accounts/signup/",
         "accounts/login/code/", "accounts/password/reset/", "accounts/privacy/", "nowhere/"]  # fmt: skip
MEMBER_PAGES = ["", "courses/", "courses/technical-refresher/", "courses/technical-refresher/why-financing/",
                "courses/technical-refresher/knowledge-check/", "reminders/", "accounts/profile/", "accounts/email/",
                "accounts/sessions/", "accounts/2fa/", "accounts/logout/"]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("who", ["visitor", "participant-fr"])
def test_every_page_is_accessible(device, who, width, scheme):
    page = device(width=width, color_scheme=scheme)
    language = "es" if width == 1280 else "fr"
    if who != "visitor":
        sign_in(page, who)
    found = {}
    for path in PAGES if who == "visitor" else MEMBER_PAGES:
        page.goto(f"/{language}/{path}")
        if faults := faults_of(page):
            found[path] = faults
        sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if sideways > 0:
            found[path + " sideways"] = sideways
    assert found == {}


def test_a_worker_killed_loses_no_letter(portal):
    """kill -9 the embedded worker while letters wait; a worker that starts later sends every one, once."""
    environment = portal.environment | {"FDW_DATA_DIR": str(portal.folder / "killed"), "PORT": "1"}

    def run(*words):
        return subprocess.run([*words], env=environment, check=True, capture_output=True, text=True, cwd=os.getcwd()).stdout

    python = [os.sys.executable, "manage.py"]
    run(*python, "migrate", "--noinput")
    run(*python, "load_starter")
    run(*python, "load_demo")
    run(*python, "shell", "-c", MANY_LETTERS)
    (portal.folder / "killed" / "broker" / "messages").mkdir(parents=True, exist_ok=True)
    celery = [os.sys.executable, "-m", "celery", "-A", "fdw_portal"]
    worker = subprocess.Popen(
        [*celery, "worker", "--concurrency", "1", "-l", "error"], env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    run(*python, "shell", "-c", "from reminders.tasks import deliver; deliver.delay()")
    mail = portal.folder / "killed" / "mail"
    wait_for(lambda: len(list(mail.glob("*.log"))) >= 3, 60)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(10)
    before = run(*python, "shell", "-v0", "-c", HOW_MANY_WAIT)
    assert int(before.split()[-1]) > 0, "the worker had finished: nothing was tested"

    run(*python, "shell", "-c", LEASES_RUN_OUT)
    run(*python, "reminders", "deliver")
    left = run(*python, "shell", "-v0", "-c", HOW_MANY_WAIT)
    assert int(left.split()[-1]) == 0
    ids = [line for path in mail.glob("*.log") for line in path.read_text().splitlines() if line.startswith("Message-ID")]
    sent = int(run(*python, "shell", "-v0", "-c", HOW_MANY_SENT).split()[-1])  # ours, and what the demo data tells
    assert sent >= 400
    assert len(set(ids)) == sent
    assert len(ids) - sent <= 1  # the one in the worker's hand may go twice, with the same Message-ID


HOW_MANY_SENT = """
from reminders.models import Letter
print(Letter.objects.filter(channel="mail", state="sent").count())
"""
MANY_LETTERS = """
from accounts.models import User
from core import registry
from django.utils import timezone
from reminders.kinds import Due
from reminders.services import write
person = User.objects.get(email="participant@demo.example")
write(registry.letter_kinds["accounts.welcome"], [Due(person.pk, f"t{n}", "", timezone.now()) for n in range(400)])
"""
HOW_MANY_WAIT = """
from reminders.models import Letter
print(Letter.objects.filter(kind="accounts.welcome", target__startswith="t").exclude(state="sent").count())
"""
LEASES_RUN_OUT = """
from datetime import timedelta
from django.utils import timezone
from reminders.models import Letter
Letter.objects.filter(state="claimed").update(lease_until=timezone.now() - timedelta(minutes=1))
"""
