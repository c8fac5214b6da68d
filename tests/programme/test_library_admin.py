"""Staff keep the library: records with documents, refused with the reason beside the field, counted, replaced."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import Event, StoredFile
from programme.models import Document, Resource
from programme.services.library import count_download, set_countries, set_document
from tests.admin_desk import form_data
from tests.factories import WEBM, ResourceFactory, ThemeFactory

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 a guide"


@pytest.fixture
def desk(client_of, staff):
    return client_of(staff)


def change(resource: Resource) -> str:
    return reverse("admin:programme_resource_change", args=[resource.pk])


def filled(desk, url: str, **changes) -> dict:
    return form_data(desk.get(url)) | changes


def with_document(desk, resource: Resource, **fields) -> dict:
    """Return the form of a record with one more document."""
    row = {f"documents-0-{name}": value for name, value in ({"language": "en", "url": "", "size": ""} | fields).items()}
    return filled(desk, change(resource)) | {"documents-TOTAL_FORMS": 1, "documents-0-resource": resource.pk} | row


def upload(data: bytes = PDF, name: str = "Guide (final).pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def beside(response, field: str) -> str:
    """Return what stands beside a field of the first document."""
    (inline,) = response.context["inline_admin_formsets"]
    return " ".join(inline.formset.forms[0].errors.get(field, []))


def test_staff_add_a_record_with_a_file_countries_and_themes(desk):
    theme = ThemeFactory()
    url = reverse("admin:programme_resource_add")
    texts = {f"{name}_{code}": f"{name} {code}" for name in ("title", "summary") for code in ("en", "fr", "es")}
    facts = {"slug": "guide", "kind": "guideline", "country_codes": ["MW", "KE"], "themes": [theme.pk], "year": 2020}
    row = {"documents-TOTAL_FORMS": 1, "documents-0-language": "fr", "documents-0-upload": upload()}
    response = desk.post(url, filled(desk, url, **texts, **facts) | row)

    assert response.status_code == 302
    made = Resource.objects.get(slug="guide")
    assert {place.code for place in made.countries.all()} == {"MW", "KE"}
    assert list(made.themes.all()) == [theme]
    stored = made.documents.get().file
    assert (stored.name, stored.audience) == ("guide-final.pdf", "hidden")
    desk.post(reverse("admin:programme_resource_publish", args=[made.pk]))
    stored.refresh_from_db()
    assert stored.audience == "public"


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"<script>alert(1)</script>", "report", "Please choose a file of one of these kinds: pdf"),
        (WEBM, "report", "Please choose a file of one of these kinds: pdf"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "recording", "Please choose a file of one of these kinds: mp4"),
        (b"", "report", "empty"),
        (b"%PDF-1.7" + bytes(2 * 2**20), "report", "too large. At most 1 MB"),
    ],
)
def test_wrong_kind_or_size_is_refused_beside_the_field(desk, settings, data, kind, said):
    settings.MEDIA_MAX_BYTES = 2**20
    resource = ResourceFactory(kind=kind)
    response = desk.post(change(resource), with_document(desk, resource, upload=upload(data, "guide.pdf")))

    assert response.status_code == 200
    assert said in beside(response, "upload")
    assert not Document.objects.exists()
    assert not StoredFile.objects.exists()


def test_film_is_taken_for_a_recording_also_when_the_kind_changes_with_it(desk):
    resource = ResourceFactory(kind="report")
    data = with_document(desk, resource, upload=upload(WEBM, "film.webm")) | {"kind": "recording"}

    assert desk.post(change(resource), data).status_code == 302
    assert Document.objects.get().file.content_type == "video/webm"


def test_file_and_address_together_are_refused(desk):
    resource = ResourceFactory()
    response = desk.post(change(resource), with_document(desk, resource, url="https://ilo.org/x", upload=upload()))

    assert "not both" in beside(response, "upload")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ilo.org", "https://" + "x" * 600])
def test_odd_address_is_refused(desk, url):
    resource = ResourceFactory()
    response = desk.post(change(resource), with_document(desk, resource, url=url))

    assert response.status_code == 200
    assert beside(response, "url")


def test_address_takes_the_place_of_a_file_and_the_file_is_deleted(desk, django_capture_on_commit_callbacks):
    resource = ResourceFactory()
    set_document(resource=resource, language="en", upload=upload())
    with django_capture_on_commit_callbacks(execute=True):
        response = desk.post(change(resource), filled(desk, change(resource), **{"documents-0-url": "https://ilo.org/x"}))

    assert response.status_code == 302
    assert Document.objects.get().url == "https://ilo.org/x"
    assert not StoredFile.objects.exists()


def test_saving_without_a_change_keeps_documents_and_downloads(desk):
    resource = ResourceFactory()
    set_countries(resource=resource, codes=["MW"])
    document = set_document(resource=resource, language="en", upload=upload())
    count_download(document=document)
    desk.post(change(resource), filled(desk, change(resource)))
    kept = Document.objects.get()

    assert (kept.pk, kept.file_id, kept.downloads) == (document.pk, document.file_id, 1)
    assert [place.code for place in resource.countries.all()] == ["MW"]
    assert '<td class="field-downloads">1</td>' in desk.get(reverse("admin:programme_resource_changelist")).content.decode()


def test_deleting_a_record_deletes_its_files(desk, django_capture_on_commit_callbacks):
    resource = ResourceFactory()
    set_document(resource=resource, language="en", upload=upload())
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(reverse("admin:programme_resource_delete", args=[resource.pk]), {"post": "yes"})

    assert not Resource.objects.exists()
    assert not StoredFile.objects.exists()


def test_address_of_the_feed_is_no_record(desk):
    url = reverse("admin:programme_resource_add")
    response = desk.post(url, filled(desk, url, slug="feed"))

    assert "taken" in str(response.context["adminform"].form.errors["slug"])


def test_publishing_is_logged_and_refused_while_a_language_lacks(desk):
    resource = ResourceFactory(state="draft", title_fr="")
    desk.post(reverse("admin:programme_resource_publish", args=[resource.pk]))
    assert Resource.objects.get().is_draft
    Resource.objects.update(title_fr="Titre")
    desk.post(reverse("admin:programme_resource_publish", args=[resource.pk]))

    assert not Resource.objects.get().is_draft
    assert Event.objects.about(resource).first().act == "publish"


def test_list_costs_the_same_with_one_and_three(desk):
    url = reverse("admin:programme_resource_changelist")
    ResourceFactory()
    desk.get(url)
    with CaptureQueriesContext(connection) as one:
        desk.get(url)
    ResourceFactory.create_batch(2)
    with CaptureQueriesContext(connection) as three:
        desk.get(url)
    assert len(one) == len(three)
