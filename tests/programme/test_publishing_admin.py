# ruff: noqa: F811  the fixture `chief` is imported
"""The team edits pages, answers, people and menus."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from accounts.services import give_consent
from core.models import Event, StoredFile
from programme.models import Expert, FaqVote, MenuItem, Page
from tests.admin_desk import chief, form_data, texts  # noqa: F401
from tests.factories import (
    ExpertFactory,
    FaqEntryFactory,
    FaqTopicFactory,
    MenuItemFactory,
    PageFactory,
    PartnerFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def page_of(obj, act="change") -> str:
    return reverse(f"admin:programme_{obj._meta.model_name}_{act}", args=[obj.pk])


def test_new_page_is_a_draft_and_published_with_one_button(client, chief, visitor):
    data = {"slug": "new", "section": "programme", "position": 1, "audience": "public", "source_language": "en"}
    answer = client.post("/admin/programme/page/add/", data | texts(title="T", summary="S", body="B"))
    page = Page.objects.get()
    assert answer.status_code == 302
    assert page.is_draft
    html = client.get(page_of(page)).text
    assert page_of(page, "publish") in html
    assert page_of(page, "preview") in html
    client.post(page_of(page, "publish"))
    assert visitor.get("/fr/about/new/").status_code == 200
    assert Event.objects.about(page).filter(act="publish", actor=chief).exists()
    assert page_of(page, "draft") in client.get(page_of(page)).text
    client.post(page_of(page, "draft"))
    assert visitor.get("/es/about/new/").status_code == 404


def test_incomplete_page_is_not_published_and_says_why(client, chief):
    page = PageFactory(state="draft", body_es="")
    answer = client.post(page_of(page, "publish"), follow=True)
    assert "Some texts are missing: ES: text." in answer.text
    page.refresh_from_db()
    assert page.is_draft


@pytest.mark.parametrize("act", ["publish", "draft"])
def test_publishing_needs_the_right_and_a_post(client, chief, act):
    page = PageFactory(state="draft")
    assert client.get(page_of(page, act)).status_code == 405
    helper = UserFactory(is_staff=True)
    give_consent(user=helper, language="en")
    client.force_login(helper, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(page_of(page, act)).status_code == 403
    assert client.get(page_of(page, "preview")).status_code == 403
    assert client.post(f"/admin/programme/page/{page.pk + 99}/{act}/").status_code == 404


def test_published_page_cannot_lose_a_language(client, chief):
    page = PageFactory()
    url = page_of(page)
    answer = client.post(url, form_data(client.get(url)) | {"body_fr": " "})
    assert answer.status_code == 200
    assert "Write it in Français, or mark that language below" in answer.context["adminform"].form.errors["body_fr"][0]
    page.refresh_from_db()
    assert page.body_fr == "First fr.\n\n## A heading fr\n\nMore fr."
    assert client.post(url, form_data(client.get(url)) | {"body_fr": "", "fallback_languages": ["fr"]}).status_code == 302
    page.refresh_from_db()
    assert page.reading_language("fr") == "en"


def test_address_is_fixed_once_readers_have_seen_it(client, chief):
    page = PageFactory(slug="introduction", state="draft")
    url = page_of(page)
    client.post(url, form_data(client.get(url)) | {"slug": "about-us"})
    page.refresh_from_db()
    assert page.slug == "about-us"
    client.post(page_of(page, "publish"))
    client.post(url, form_data(client.get(url)) | {"slug": "other", "title_en": "Changed"})
    page.refresh_from_db()
    assert (page.slug, page.title_en) == ("about-us", "Changed")


def test_draft_may_be_kept_incomplete(client, chief):
    page = PageFactory(state="draft")
    url = page_of(page)
    assert client.post(url, form_data(client.get(url)) | {"body_fr": ""}).status_code == 302


def test_edit_is_seen_by_visitors_and_makes_translations_old(client, chief, visitor, django_capture_on_commit_callbacks):
    page = PageFactory(slug="introduction")
    visitor.get("/en/about/introduction/")
    url = page_of(page)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, form_data(client.get(url)) | {"body_en": "Now this."})
    assert "Now this." in visitor.get("/en/about/introduction/").text
    page.refresh_from_db()
    assert page.stale() == ["fr", "es"]


@pytest.mark.parametrize("make", [PageFactory, FaqEntryFactory, PartnerFactory, ExpertFactory])
def test_preview_frames_the_real_page(client, chief, make):
    row = make(state="draft")
    page = client.get(page_of(row, "preview"), {"language": "es", "width": "768"})
    address = page.context["address"]
    assert address.startswith("/es/")
    assert "preview=1" in address
    assert page.context["width"] == 768
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert client.get(address)["X-Frame-Options"] == "SAMEORIGIN"
    assert client.get(page_of(row, "preview"), {"language": "xx", "width": "1"}).context["width"] == 360


def test_remarks_are_counted_on_the_answer_and_read_one_by_one(client, chief):
    entry = FaqEntryFactory()
    for helpful, remark in ((True, ""), (False, "Which year?"), (False, "")):
        FaqVote.objects.create(entry=entry, language="en", helpful=helpful, remark=remark)
    found = client.get("/admin/programme/faqentry/").context["cl"].result_list[0]
    assert (found.yes, found.no) == (1, 2)
    assert "1 yes, 2 not yet" in client.get(page_of(entry)).text
    votes = client.get("/admin/programme/faqvote/", {"said": "yes", "entry__id__exact": entry.pk})
    assert [vote.remark for vote in votes.context["cl"].result_list] == ["Which year?"]
    vote = FaqVote.objects.first()
    assert client.post(page_of(vote), {"remark": "x"}).status_code == 403
    assert client.post(page_of(vote, "delete"), {"post": "yes"}).status_code == 403


def photo(data=None) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (300, 300)).save(out, "JPEG")
    return SimpleUploadedFile("me.jpg", out.getvalue() if data is None else data)


def test_photo_is_uploaded_replaced_and_removed(client, chief, visitor):
    ada = ExpertFactory()
    url = page_of(ada)
    client.post(url, form_data(client.get(url)) | {"upload": photo(), "languages_spoken": ["en", "sw"]})
    ada.refresh_from_db()
    assert ada.languages_spoken == ["en", "sw"]
    assert visitor.get(ada.photo.get_absolute_url()).status_code == 200
    client.post(url, form_data(client.get(url)) | {"remove_photo": "on"})
    assert Expert.objects.get().photo is None
    assert not StoredFile.objects.exists()


def test_what_is_no_photo_is_refused_beside_its_field(client, chief):
    ada = ExpertFactory()
    url = page_of(ada)
    page = client.post(url, form_data(client.get(url)) | {"upload": photo(b"GIF89a"), "role_en": "Chief"})
    assert list(page.context["adminform"].form.errors) == ["upload"]
    assert 'value="Chief"' in page.text
    assert not StoredFile.objects.exists()


def test_menu_is_put_in_order_in_its_list(client, chief, visitor):
    first, second = MenuItemFactory(position=1), MenuItemFactory(position=2, route="programme:faq", **texts(label="Ask"))
    data = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "Save"}
    for n, (row, position) in enumerate(((first, 5), (second, 1))):
        data |= {f"form-{n}-id": row.pk, f"form-{n}-position": position}
    assert client.post("/admin/programme/menuitem/", data).status_code == 302
    assert list(MenuItem.objects.all()) == [second, first]
    html = visitor.get("/en/").text
    assert html.index("Ask en") < html.index("Words en")


def test_line_of_a_menu_chooses_among_the_portals_pages(client, chief):
    data = {"menu": "footer", "position": 1, "source_language": "en"} | texts(label="Ask")
    assert '<option value="programme:faq">' in client.get("/admin/programme/menuitem/add/").text
    page = client.post("/admin/programme/menuitem/add/", data)
    assert "Choose either a page or one of the portal’s own." in page.text
    page = client.post("/admin/programme/menuitem/add/", data | {"route": "admin:index"})
    assert list(page.context["adminform"].form.errors) == ["route"]
    assert client.post("/admin/programme/menuitem/add/", data | {"route": "programme:faq"}).status_code == 302


def test_main_menu_holds_six_lines(client, chief):
    for _n in range(6):
        row = MenuItemFactory()
    data = {"menu": "main", "position": 9, "source_language": "en", "route": "programme:faq"} | texts(label="Ask")
    page = client.post("/admin/programme/menuitem/add/", data)
    assert list(page.context["adminform"].form.errors) == ["menu"]
    url = page_of(row)
    assert client.post(url, form_data(client.get(url)) | {"label_en": "Other"}).status_code == 302


MADE = {
    "page": PageFactory,
    "faqtopic": FaqTopicFactory,
    "faqentry": FaqEntryFactory,
    "faqvote": lambda: FaqVote.objects.create(entry=FaqEntryFactory(), language="en", helpful=True),
    "partner": PartnerFactory,
    "expert": lambda: ExpertFactory(organisation=PartnerFactory()),
    "menuitem": lambda: MenuItemFactory(route="", page=PageFactory()),
}


@pytest.mark.parametrize("model", MADE)
def test_lists_cost_the_same_at_one_and_three_rows(client, chief, model):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/admin/programme/{model}/").status_code == 200
        return len(queries)

    MADE[model]()
    cost()
    one = cost()
    MADE[model]()
    MADE[model]()
    assert cost() == one


@pytest.mark.parametrize("path", ["page/99999999999999999999999/change/", "page/x/change/", "expert/99999/change/"])
def test_odd_addresses_are_answered_kindly(client, chief, path):
    assert client.get(f"/admin/programme/{path}", follow=True).status_code == 200
