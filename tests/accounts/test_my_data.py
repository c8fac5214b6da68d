import csv
import io
import json
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from accounts import services
from accounts.services import export
from core import jobs
from core.models import Event, Job, StoredFile
from courses.services import start_attempt, submit_attempt
from tests.factories import CheckFactory, UserFactory
from tests.guards.cast import scene_of

pytestmark = pytest.mark.django_db
PASSWORD = "a quiet river bends"


@pytest.fixture
def learner():
    person = UserFactory(email="learner@demo.example", name="=1+1 Learner", password=PASSWORD, phone="+265 1")
    scene_of(person)
    return person


def archive_of(person) -> zipfile.ZipFile:
    out = io.BytesIO()
    export.write_archive(person, out)
    return zipfile.ZipFile(out)


def table(archive, name: str) -> list[dict]:
    text = archive.read(f"tables/{name}.csv").decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def ask_for_data(client_of, person):
    """Sign in, ask, show once more who it is; return the browser and the page where it led."""
    browser = client_of(person)
    turned = browser.post(reverse("accounts:data"))
    assert "/reauthenticate/" in turned["Location"]
    return browser, browser.post(turned["Location"], {"password": PASSWORD})


def test_one_json_holds_every_table(learner):
    archive = archive_of(learner)
    whole = json.loads(archive.read("data.json"))

    assert whole["accounts.profile"][0]["email"] == "learner@demo.example"
    assert whole["courses.notes"][0]["text"] == "Ask the ministry."
    assert {f"tables/{name}.csv" for name in whole} == {n for n in archive.namelist() if n.startswith("tables/")}
    assert all(len(table(archive, name)) == len(rows) for name, rows in whole.items())


def test_formulas_are_neutralised_in_tables_and_kept_in_json(learner):
    archive = archive_of(learner)

    row = table(archive, "accounts.profile")[0]
    assert (row["name"], row["phone"]) == ("'=1+1 Learner", "'+265 1")
    assert json.loads(archive.read("data.json"))["accounts.profile"][0]["name"] == "=1+1 Learner"


def test_answers_stand_as_text_with_their_questions(learner):
    check = CheckFactory()
    attempt = start_attempt(user=learner, unit=check)
    first = attempt.answers.first()
    first.value = first.version.content["choices"][0]["key"]
    first.saved_at = attempt.started_at
    first.save()
    submit_attempt(attempt=attempt)

    row = next(row for row in table(archive_of(learner), "courses.answers") if row["unit"] == check.slug)

    assert row["question"] == first.version.content["prompt"]["en"]
    assert row["answer"] == "Choice 1 en"


def test_files_are_in_it_and_earlier_exports_are_not(learner):
    job = Job.objects.get(owner=learner)
    old = StoredFile(name="my-data.zip", content_type="application/zip", size=3, sha256="0" * 64, audience=f"user.{learner.pk}")
    old.file.save("x.zip", ContentFile(b"old"), save=True)
    Job.objects.filter(pk=job.pk).update(file=old)

    files = [name for name in archive_of(learner).namelist() if name.startswith("files/")]

    assert len(files) == 1
    assert files[0].endswith("photo.jpg")


def test_readme_speaks_the_persons_language(learner):
    readme = archive_of(learner).read("README.txt").decode()

    assert "=1+1 Learner" in readme
    assert "courses.notes: 1" in readme


def test_nothing_of_another_person_is_in_it(learner):
    other = UserFactory(name="Somebody Else", email="else@demo.example")
    other.notes.create(unit=learner.notes.get().unit, text="A secret of mine", typed_at=learner.date_joined)

    whole = archive_of(learner).read("data.json").decode()

    assert "A secret of mine" not in whole
    assert "else@demo.example" not in whole


def test_asking_needs_to_show_who_it_is_and_leads_to_the_work(client_of, learner):
    Job.objects.all().delete()
    browser, response = ask_for_data(client_of, learner)

    job = Job.objects.get(owner=learner, kind="accounts.export")
    assert response.status_code == 302
    assert str(job.key) in response["Location"]
    assert Event.objects.about(learner).filter(act="ask for all data").count() == 1

    jobs.perform(job.pk)
    job.refresh_from_db()
    page = browser.get(reverse("accounts:data"))
    assert job.file.get_absolute_url() in page.text
    body = b"".join(browser.get(job.file.get_absolute_url()).streaming_content)
    assert json.loads(zipfile.ZipFile(io.BytesIO(body)).read("data.json"))["accounts.profile"]


def test_asking_twice_prepares_once(learner):
    Job.objects.all().delete()

    assert services.ask_export(user=learner) == services.ask_export(user=learner)
    assert Event.objects.about(learner).filter(act="ask for all data").count() == 1


def test_another_person_cannot_open_the_file(client_of, learner, outsider):
    Job.objects.all().delete()
    job = services.ask_export(user=learner)
    jobs.perform(job.pk)
    job.refresh_from_db()

    assert client_of(outsider).get(job.file.get_absolute_url()).status_code == 404


def test_worker_killed_half_way_leaves_one_file(learner, monkeypatch):
    Job.objects.all().delete()
    job = services.ask_export(user=learner)
    killed = jobs.claim(job.pk)  # took it and died
    Job.objects.filter(pk=job.pk).update(lease_until=killed.job.created_at)
    before = StoredFile.objects.count()

    assert jobs.perform(job.pk)
    with pytest.raises(jobs.Lost):
        export.run_export(killed)

    assert StoredFile.objects.count() == before + 1
