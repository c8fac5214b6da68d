"""Organisations, and people with their photos."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core.changes import content_removed
from core.errors import DomainError
from core.models import StoredFile
from programme.found import expert_documents
from programme.loaders.people import load_partners, load_team
from programme.models import Expert, Partner
from programme.services.people import new_photo, set_photo
from programme.services.publishing import publish, unpublish
from tests.factories import ExpertFactory, PartnerFactory
from tests.programme.test_pages import cold

pytestmark = pytest.mark.django_db


def picture(name="me.png", side=600) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (side, side), "#1F3FA6").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue())


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_organisations_stand_by_kind(visitor, language):
    PartnerFactory(code="union", kind="workers", country="MW")
    PartnerFactory(code="agency", kind="un_agency", url="https://www.undp.org/x", is_invited=True)
    html = visitor.get(f"/{language}/partners/").text
    assert html.index('id="agency"') < html.index('id="union"')
    assert f"Partner union {language}" in html
    assert {"en": "Malawi", "fr": "Malawi", "es": "Malawi"}[language] in html
    assert '<a href="https://www.undp.org/x" rel="noopener">www.undp.org</a>' in html


def test_being_named_is_said_to_be_no_agreement(visitor):
    assert "Being named here does not mean that an agreement was signed" in visitor.get("/en/partners/").text


def test_drafts_are_for_staff_alone(visitor, client_of, staff):
    PartnerFactory(code="union", state="draft")
    ExpertFactory(name="Ada", state="draft")
    for path, words in (("/en/partners/", "Partner union"), ("/en/team/", "Ada")):
        assert words not in visitor.get(path).text
        assert words in client_of(staff).get(path).text


def test_fallback_is_marked(visitor):
    PartnerFactory(code="union", description_fr="", fallback_languages=["fr"])
    ExpertFactory(name="Ada", role_fr="", fallback_languages=["fr"])
    assert '<li id="union" lang="en">' in visitor.get("/fr/partners/").text
    assert '<div lang="en"><h3 class="asked"> Ada</h3>' in visitor.get("/fr/team/").text


def test_people_stand_by_kind_with_role_and_organisation(visitor):
    house = PartnerFactory(code="house")
    ExpertFactory(name="Ada", organisation=house, languages_spoken=["en", "sw"], honorific_en="Ms.")
    ExpertFactory(name="Grace", kind="team", organisation=PartnerFactory(code="hidden", state="draft"))
    html = visitor.get("/en/team/").text
    assert html.index("Grace") < html.index("Ms. Ada")
    assert '<a href="/en/partners/#house">Partner house en</a>' in html
    assert "Partner hidden" not in html
    assert "English, Swahili" in html


@pytest.mark.parametrize(("path", "factory"), [("/en/partners/", PartnerFactory), ("/en/team/", ExpertFactory)])
def test_lists_cost_the_same_at_one_and_three(visitor, path, factory, django_assert_num_queries):
    factory()
    one = cold(visitor, path)
    factory()
    factory()
    assert cold(visitor, path) == one <= 4
    with django_assert_num_queries(0):
        assert visitor.get(path, headers={"if-none-match": visitor.get(path)["ETag"]}).status_code == 304


# Photos -------------------------------------------------------------------------------------------
def test_photo_is_small_and_read_by_whom_the_expert_is_shown_to(visitor, staff):
    ada = ExpertFactory(name="Ada", state="draft")
    set_photo(expert=ada, photo=new_photo(upload=picture()))
    address = ada.photo.get_absolute_url()
    with Image.open(ada.photo.file) as image:
        assert max(image.size) == 240
    assert visitor.get(address).status_code in (302, 404)
    publish(obj=ada, actor=staff)
    assert visitor.get(address).status_code == 200
    assert f'<img src="{address}"' in visitor.get("/en/team/").text
    unpublish(obj=ada, actor=staff)
    assert visitor.get(address).status_code in (302, 404)


def test_new_photo_replaces_the_old_and_none_is_left_behind(staff):
    ada = ExpertFactory()
    set_photo(expert=ada, photo=new_photo(upload=picture()))
    set_photo(expert=ada, photo=new_photo(upload=picture(side=300)))
    assert StoredFile.objects.get() == ada.photo
    content_removed(ada)
    assert not StoredFile.objects.exists()


def test_what_is_no_photo_is_refused():
    with pytest.raises(DomainError):
        new_photo(upload=SimpleUploadedFile("me.png", b"<svg onload=alert(1)>"))
    assert not StoredFile.objects.exists()


# Starter content ----------------------------------------------------------------------------------
def test_starter_people_stand_whole_in_every_language(visitor):
    assert load_partners() > 10
    assert load_team() == 2
    assert load_partners() == load_team() == 0
    rows = [*Partner.objects.all(), *Expert.objects.select_related("organisation")]
    assert not [row for row in rows if row.gaps() or row.stale()]
    assert all(expert.organisation for expert in Expert.objects.all())
    for path in ("/fr/partners/", "/fr/team/"):
        assert visitor.get(path).status_code == 200


def test_search_does_not_know_an_organisation_that_is_a_draft():
    house = PartnerFactory(name_en="Secret House", state="draft")
    expert = ExpertFactory(organisation=house)

    assert not any("Secret House" in document.text for document in expert_documents(expert))
    house.state = "published"
    assert any("Secret House" in document.text for document in expert_documents(expert))
