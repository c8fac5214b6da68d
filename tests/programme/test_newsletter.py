"""The newsletter: nothing goes to an address before its owner confirms, one press ends it, an issue is sent once."""

import re
import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings as site
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.services import erase, merge_accounts
from core import jobs
from core.errors import DomainError
from core.models import Event, Job
from programme import bulletin
from programme.demo_newsletter import demo_newsletter
from programme.forms.mailbox import Stamp
from programme.mailtext import letter_html, letter_text
from programme.models import Newsletter, Subscription
from programme.services import newsletter as services
from programme.services.publishing import unpublish
from reminders.enums import State
from reminders.models import Letter
from reminders.services import deliver
from tests.factories import NewsletterFactory, SubscriptionFactory, UserFactory

pytestmark = pytest.mark.django_db
ADDRESS = "grace@ministry.example"


def form(**changes) -> dict:
    """Return the form as a person fills it, a minute after it was shown."""
    with time_machine.travel(timezone.now() - timedelta(minutes=1), tick=False):
        stamp = Stamp.new()
    return {"email": ADDRESS, "language": "fr", "stamp": stamp, "homepage": ""} | changes


def asked(browser, **changes):
    return browser.post("/en/newsletter/", form(**changes))


def link_in(letter) -> str:
    """Return the path of the page that a letter leads to."""
    return urlsplit(re.search(r"http://\S+/newsletter/\S+", letter.body)[0]).path


def confirmed(browser) -> Subscription:
    """Go the whole way from the form to the confirmed subscription."""
    asked(browser)
    deliver()
    browser.post(link_in(mail.outbox[-1]))
    return Subscription.objects.get()


# Asking -------------------------------------------------------------------------------------------
def test_one_letter_asks_for_confirmation_in_the_language_asked_for(visitor):
    response = asked(visitor, email=" Grace@Ministry.example ")
    deliver()

    assert (response.status_code, response["Location"]) == (302, "/en/newsletter/?asked=1")
    row = Subscription.objects.get()
    assert (row.email, row.language, row.state, row.user) == (ADDRESS, "fr", "asked", None)
    (letter,) = mail.outbox
    assert letter.to == [ADDRESS]
    assert letter.extra_headers["Content-Language"] == "fr"
    assert link_in(letter) == f"/fr/newsletter/confirm/{row.confirm_key}/"


def test_page_says_the_same_whether_the_address_is_known_or_not(visitor):
    def said(email):
        page = visitor.get(asked(visitor, email=email)["Location"]).content.decode()
        return re.sub(r'value="[^"]*"', "", page)

    SubscriptionFactory(email="known@ministry.example")
    SubscriptionFactory(email="ended@ministry.example", state="ended")

    assert said("known@ministry.example") == said("ended@ministry.example") == said("new@ministry.example")


def test_letter_to_an_address_that_gets_it_already_says_so_and_changes_nothing(visitor):
    SubscriptionFactory(email=ADDRESS, language="en")
    asked(visitor)
    deliver()

    assert Subscription.objects.get().language == "en"
    assert Subscription.objects.get().is_confirmed
    visitor.post(link_in(mail.outbox[0]))
    assert Subscription.objects.get().language == "fr"


def test_at_most_three_letters_a_day_to_one_address(visitor):
    for _ in range(5):
        asked(visitor)
    assert Letter.objects.count() == 3
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        services.ask_for_newsletter(email=ADDRESS, language="es")
    assert Letter.objects.count() == 4
    assert Subscription.objects.count() == 1


def test_form_sent_twice_is_one_letter(visitor):
    data = form()
    visitor.post("/en/newsletter/", data)
    visitor.post("/en/newsletter/", data)

    assert Letter.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_form_sent_twice_at_once_is_one_letter(at_once):
    acts = [lambda: services.ask_for_newsletter(email=ADDRESS, language="en", client_id="a" * 32)] * 2

    assert at_once(*acts) == [None, None]
    assert (Subscription.objects.count(), Letter.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"email": ""}, {"email": "grace"}, {"email": "a@b.example\nBcc: c@d.example"}, {"email": "x" * 10_000 + "@b.example"},
        {"language": "de"}, {"language": ""}, {"stamp": "made-up"}, {"stamp": ""},
    ],
)  # fmt: skip
def test_what_cannot_be_sent_comes_back_with_a_reason(visitor, changes):
    response = asked(visitor, **changes)

    assert response.status_code == 400
    assert b'role="alert"' in response.content
    assert not Subscription.objects.exists()
    assert not Letter.objects.exists()


def test_nul_is_refused(visitor):
    assert asked(visitor, email="a\x00@b.example").status_code == 400
    assert not Subscription.objects.exists()


def test_what_fills_the_hidden_field_gets_thanks_and_no_letter(visitor):
    assert asked(visitor, homepage="https://spam.example").status_code == 302
    assert not Subscription.objects.exists()


def test_what_is_very_quick_is_asked_once_more(visitor):
    response = visitor.post("/en/newsletter/", form(stamp=Stamp.new()))
    assert response.status_code == 400
    again = response.context["form"].data["stamp"]

    assert visitor.post("/en/newsletter/", form(stamp=again)).status_code == 302
    assert Subscription.objects.exists()


def test_many_from_one_connection_are_refused_and_stay_in_the_form(visitor):
    for n in range(20):
        assert asked(visitor, email=f"a{n}@b.example").status_code == 302
    response = asked(visitor)

    assert response.status_code == 429
    assert ADDRESS in response.content.decode()


def test_signed_in_person_is_remembered_with_her_own_address_alone(client_of, participant):
    browser = client_of(participant)
    assert participant.email in browser.get("/en/newsletter/").content.decode()
    asked(browser, email=participant.email.upper())
    asked(browser)

    assert Subscription.objects.get(email=participant.email).user == participant
    assert Subscription.objects.get(email=ADDRESS).user is None
    assert [(letter.recipient, letter.channel) for letter in Letter.objects.order_by("pk")] == [
        (participant, "mail"),
        (None, "mail"),
    ]


def test_address_that_nobody_confirms_is_forgotten(visitor):
    services.ask_for_newsletter(email="old@b.example", language="en")
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        services.ask_for_newsletter(email=ADDRESS, language="en")

    assert [row.email for row in Subscription.objects.all()] == [ADDRESS]


def test_service_refuses_what_is_no_address():
    with pytest.raises(ValidationError):
        services.ask_for_newsletter(email="nobody", language="en")
    assert not Subscription.objects.exists()


# Confirming and ending ----------------------------------------------------------------------------
def test_following_the_link_confirms_nothing_before_the_button(visitor):
    asked(visitor)
    deliver()
    path = link_in(mail.outbox[0])
    page = visitor.get(path)

    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert not Subscription.objects.get().is_confirmed
    thanks = visitor.post(path, follow=True).content.decode()
    row = Subscription.objects.get()
    assert row.is_confirmed
    assert row.confirmed_at
    assert f"/fr/newsletter/end/{row.key}/" in thanks
    assert Event.objects.about(row).get().act == "confirm newsletter"


def test_confirming_twice_is_once(visitor):
    row = confirmed(visitor)
    moment = row.confirmed_at
    services.confirm(subscription=row, language="fr")

    assert Subscription.objects.get().confirmed_at == moment
    assert Event.objects.about(row).count() == 1


def test_confirming_needs_the_token_of_the_page(visitor):
    asked(visitor)
    strict = Client(enforce_csrf_checks=True)
    response = strict.post(f"/en/newsletter/confirm/{Subscription.objects.get().confirm_key}/")

    assert response["Location"] == "/en/typed/"  # where it can be sent once more
    assert not Subscription.objects.get().is_confirmed


def test_key_of_an_issue_does_not_confirm(visitor):
    """Issues are passed on: whoever holds one must not bring back what its reader ended."""
    row = confirmed(visitor)
    old = row.confirm_key
    services.end(subscription=row)
    asked(visitor)

    for key in (row.key, old, uuid.uuid4()):
        assert visitor.post(f"/en/newsletter/confirm/{key}/").status_code == 404
    assert Subscription.objects.get().state == "asked"


def test_ended_by_one_post_without_cookie_or_token(visitor):
    row = confirmed(visitor)
    strict = Client(enforce_csrf_checks=True)
    address = f"/fr/newsletter/end/{row.key}/"
    assert strict.get(address).status_code == 200
    assert Subscription.objects.get().is_confirmed  # looking ends nothing

    response = strict.post(address, {"List-Unsubscribe": "One-Click"})
    again = strict.post(address)
    row = Subscription.objects.get()

    assert (response.status_code, again.status_code) == (200, 200)
    assert row.is_ended
    assert row.ended_at
    assert Event.objects.about(row).filter(act="end newsletter").count() == 1


def test_after_the_end_it_can_be_asked_for_anew(visitor):
    row = confirmed(visitor)
    services.end(subscription=row)
    confirmed(visitor)

    assert Subscription.objects.get().is_confirmed
    assert visitor.post(f"/fr/newsletter/end/{row.key}/").status_code == 200  # the link of an old issue still ends it
    assert Subscription.objects.get().is_ended


def test_link_behind_which_nothing_is(visitor):
    for page in ("confirm", "end"):
        assert visitor.get(f"/es/newsletter/{page}/{uuid.uuid4()}/").status_code == 404
        assert visitor.post(f"/es/newsletter/{page}/{uuid.uuid4()}/").status_code == 404


def test_letter_that_asks_is_obsolete_once_ended(visitor):
    asked(visitor)
    services.end(subscription=Subscription.objects.get())
    deliver()

    assert Letter.objects.get().state == State.OBSOLETE
    assert not mail.outbox


# Issues -------------------------------------------------------------------------------------------
def send(issue: Newsletter, actor) -> Job:
    job = services.send_newsletter(newsletter=issue, actor=actor)
    jobs.perform(job.pk)
    job.refresh_from_db()
    return job


def test_each_confirmed_reader_gets_the_issue_once_in_her_language(staff, monkeypatch):
    monkeypatch.setattr(bulletin, "BATCH", 2)
    for code in ("en", "fr", "es"):
        SubscriptionFactory(email=f"{code}@b.example", language=code)
    SubscriptionFactory(email="asked@b.example", state="asked")
    SubscriptionFactory(email="ended@b.example", state="ended")
    job = send(NewsletterFactory(slug="first"), staff)
    deliver()

    assert (job.state, job.result, job.done) == ("done", {"letters": 3}, 3)
    assert sorted((letter.to[0], letter.subject.split()[-1]) for letter in mail.outbox) == [
        ("en@b.example", "en"),
        ("es@b.example", "es"),
        ("fr@b.example", "fr"),
    ]
    assert "http://localhost:8000/fr/library/" in next(m.body for m in mail.outbox if m.to == ["fr@b.example"])
    assert Event.objects.filter(act="send newsletter").get().after == {"recipients": 3}


def test_letter_can_be_ended_by_one_click_of_a_mail_program(staff, visitor):
    row = SubscriptionFactory(email=ADDRESS, language="fr")
    send(NewsletterFactory(), staff)
    deliver()
    headers = mail.outbox[0].extra_headers

    assert headers["List-Unsubscribe"] == f"<http://localhost:8000/fr/newsletter/end/{row.key}/>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"/fr/newsletter/end/{row.key}/" in mail.outbox[0].body
    visitor.post(urlsplit(headers["List-Unsubscribe"].strip("<>")).path, {"List-Unsubscribe": "One-Click"})
    assert Subscription.objects.get().is_ended


def test_a_second_run_writes_only_what_is_missing(staff):
    SubscriptionFactory.create_batch(3)
    issue = NewsletterFactory()
    send(issue, staff)
    Letter.objects.first().delete()
    Job.objects.update(state="queued", attempts=0)
    jobs.perform(Job.objects.get().pk)

    assert Letter.objects.count() == 3


def test_whoever_confirms_later_or_ends_meanwhile_gets_nothing(staff):
    ending = SubscriptionFactory()
    issue = NewsletterFactory()
    services.send_newsletter(newsletter=issue, actor=staff)
    SubscriptionFactory(confirmed_at=timezone.now() + timedelta(seconds=5))
    jobs.perform(Job.objects.get().pk)
    assert [letter.address for letter in Letter.objects.all()] == [ending.email]
    services.end(subscription=ending)
    deliver()

    assert Letter.objects.get().state == State.OBSOLETE
    assert not mail.outbox


def test_ended_and_confirmed_anew_does_not_bring_the_old_issue(staff):
    row = SubscriptionFactory()
    send(NewsletterFactory(), staff)
    services.end(subscription=row)
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        services.confirm(subscription=row, language="en")
        deliver()

    assert not mail.outbox


def test_issue_that_was_taken_back_is_not_delivered(staff):
    SubscriptionFactory()
    issue = NewsletterFactory()
    send(issue, staff)
    issue.refresh_from_db()
    unpublish(obj=issue, actor=staff)
    deliver()

    assert Letter.objects.get().reason == "issue taken back"


def test_draft_nobody_and_a_second_time_are_refused(staff):
    for issue, code in ((NewsletterFactory(state="draft"), "draft"), (NewsletterFactory(), "nobody")):
        with pytest.raises(DomainError) as refusal:
            services.send_newsletter(newsletter=issue, actor=staff)
        assert refusal.value.code == code
    SubscriptionFactory()
    send(issue, staff)
    with pytest.raises(DomainError) as refusal:
        services.send_newsletter(newsletter=issue, actor=staff)
    assert refusal.value.code == "sent"
    assert Job.objects.count() == 1


def test_language_that_shows_the_source_says_so(staff):
    SubscriptionFactory(language="es")
    issue = NewsletterFactory(body_es="", fallback_languages=["es"])
    send(issue, staff)
    deliver()

    assert "News en." in mail.outbox[0].body
    assert '<div lang="en">' in mail.outbox[0].alternatives[0][0]


def test_text_of_a_letter_keeps_its_addresses():
    source = (
        "Read [the guide](/library/guide/) and [terms](term:debt).\n\n## More\n\n"
        "1. One\n2. [Two](https://ilo.org/two)\n\n- A\n- B"
    )

    assert letter_text(source, "fr").split("\n\n") == [
        "Read the guide (http://localhost:8000/fr/library/guide/) and terms.",
        "More",
        "1. One",
        "2. Two (https://ilo.org/two)",
        "– A",
        "– B",
    ]


def test_html_of_a_letter_leads_to_the_portal():
    html = NewsletterFactory(body_en="See [the guide](/library/guide/) and [debt](term:debt).").body_html_en

    assert letter_html(html).strip() == (
        '<p>See <a class="link" style="color:#1F3FA6" href="http://localhost:8000/en/library/guide/" '
        'rel="noopener">the guide</a> and debt.</p>'
    )


# On the web ---------------------------------------------------------------------------------------
def test_issues_stand_on_the_web(visitor):
    NewsletterFactory(slug="first")
    NewsletterFactory(slug="not-yet", state="draft")
    page = visitor.get("/fr/newsletter/").content.decode()

    assert "Title first fr" in page
    assert "not-yet" not in page
    assert "News fr." in visitor.get("/fr/newsletter/first/").content.decode()
    assert visitor.get("/fr/newsletter/not-yet/").status_code == 404


def test_list_of_issues_costs_the_same(visitor):
    def cost():
        with CaptureQueriesContext(connection) as found:
            assert visitor.get("/es/newsletter/").status_code == 200
        return len(found)

    NewsletterFactory()
    cost()
    one = cost()
    with override("en"):
        NewsletterFactory.create_batch(2, body_es="", fallback_languages=["es"])
    assert cost() == one
    assert visitor.get("/es/newsletter/").content.decode().count('lang="en">Title issue') == 2


def test_older_issues_stand_on_pages_of_their_own(visitor):
    made = NewsletterFactory.create_batch(13)

    assert f"?before={made[1].pk}" in visitor.get("/en/newsletter/").content.decode()
    assert made[0].slug in visitor.get(f"/en/newsletter/?before={made[1].pk}").content.decode()
    assert visitor.get("/en/newsletter/?before=x").status_code == 400


# Staff --------------------------------------------------------------------------------------------
def test_staff_see_the_letter_in_each_language_and_send_it(client_of, staff):
    SubscriptionFactory(language="fr")
    issue, desk = NewsletterFactory(slug="first"), client_of(staff)
    url = reverse("admin:programme_newsletter_send", args=[issue.pk])
    assert url in desk.get(reverse("admin:programme_newsletter_change", args=[issue.pk])).content.decode()
    for code in ("en", "fr", "es"):
        page = desk.get(f"{url}?language={code}").content.decode()
        frame = re.search(r'<iframe src="([^"]*)"', page)[1]
        letter = desk.get(frame)
        assert f"Title first {code}" in page
        assert f"News {code}." in letter.content.decode()
        assert letter["X-Frame-Options"] == "SAMEORIGIN"
        assert "'unsafe-inline'" in letter["Content-Security-Policy"]
    assert "to 1 confirmed address" in page
    assert not Letter.objects.exists()

    response = desk.post(url, follow=True)
    assert "is being sent" in response.content.decode()
    assert Newsletter.objects.get().sent_at
    assert Job.objects.get().kind == "programme.newsletter"
    assert desk.post(url).status_code == 400


def test_draft_is_not_sent_from_the_desk(client_of, staff):
    SubscriptionFactory()
    issue = NewsletterFactory(state="draft")
    response = client_of(staff).post(reverse("admin:programme_newsletter_send", args=[issue.pk]))

    assert response.status_code == 400
    assert "Publish the issue first" in response.content.decode()
    assert not Newsletter.objects.get().sent_at


def test_who_may_only_look_cannot_send(client_of):
    viewer = UserFactory(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_newsletter"))
    SubscriptionFactory()
    url = reverse("admin:programme_newsletter_send", args=[NewsletterFactory().pk])
    desk = client_of(viewer)

    assert "Send to" not in desk.get(url).content.decode()
    assert desk.post(url).status_code == 403


def test_staff_end_a_subscription_for_somebody(client_of, staff):
    row = SubscriptionFactory()
    data = {"action": "end", "_selected_action": [row.pk]}
    client_of(staff).post(reverse("admin:programme_subscription_changelist"), data)

    assert Subscription.objects.get().is_ended
    assert Event.objects.about(row).get().actor == staff


# Personal data ------------------------------------------------------------------------------------
def test_erasing_forgets_subscriptions_of_her_account_and_her_addresses(participant, outsider):
    own = SubscriptionFactory(user=participant)
    participant.emailaddress_set.create(email="Second@Demo.example", verified=True)
    by_address = SubscriptionFactory(email="second@demo.example")
    other = SubscriptionFactory(user=outsider)
    services.end(subscription=by_address)
    erase(user=participant)

    assert list(Subscription.objects.all()) == [other]
    assert not Event.objects.about(by_address).get().object_name
    assert own.pk


def test_merging_moves_the_subscription(participant, outsider, staff):
    SubscriptionFactory(user=outsider)
    merge_accounts(keep=participant, drop=outsider, actor=staff, reason="one person")

    assert Subscription.objects.get().user == participant


def test_demo_is_made_once_and_sends_nothing(participant):
    demo_newsletter("x")
    demo_newsletter("x")

    assert Newsletter.objects.get().sent_at is None
    assert [row.is_confirmed for row in Subscription.objects.all()] == [True]
    assert set(dict(site.LANGUAGES)) == set(Newsletter.objects.get().languages())
