"""Films, sound and files: nothing loads until it is asked for, sizes are shown, and only the module's readers load them."""

import re

import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.audiences import HIDDEN
from core.errors import DomainError
from core.models import StoredFile
from courses.media import length
from courses.models import Medium
from courses.services import drop_medium, module_files_follow, publish_module, set_medium, unpublish_module
from courses.services.media import keep_medium
from courses.services.retiring import retire_module
from tests.core.test_uploads import KNOWN, XLSX
from tests.factories import WEBM, FilmFactory, ModuleFactory, UnitFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def film(db):
    return FilmFactory(module=ModuleFactory(slug="money"), slug="film")


@pytest.fixture
def download(film):
    unit = UnitFactory(module=film.module, slug="sheet", kind="download")
    set_medium(unit=unit, kind="file", language="en", upload=ContentFile(XLSX, "Worksheet.xlsx"))
    return unit


def add(unit, kind, language, data, **facts):
    return set_medium(unit=unit, kind=kind, language=language, upload=ContentFile(data, f"x.{kind}"), **facts)[0]


def page(reader, unit, language="en", tail=""):
    response = reader.get(f"/{language}/courses/{unit.module.slug}/{unit.slug}/{tail}")
    assert response.status_code == 200
    return response.content.decode()


def shown_without_templates(html: str) -> str:
    """Return what a browser acts on: what lies in <template> loads nothing."""
    return re.sub(r"<template.*?</template>", "", html, flags=re.DOTALL)


# On the page --------------------------------------------------------------------------------------


def test_nothing_of_a_film_loads_before_it_is_asked_for(visitor, film):
    add(film, "audio", "en", KNOWN["mp3"], seconds=95)
    html = page(visitor, film)
    acting = shown_without_templates(html)
    for tag in ("<video", "<audio", "<track", "<source", "<iframe", "<object"):
        assert tag not in acting
    assert html.count('preload="none"') == 2
    assert 'rel="preload"' not in html


def test_size_and_length_are_said_before(visitor, film):
    Medium.objects.update(seconds=95)
    StoredFile.objects.update(size=4_718_592)
    html = page(visitor, film)
    assert "Watch the film (4.5\xa0MB, 1 min 35 s)" in html
    assert 'href="/en/courses/money/film/film/" data-plays="film"' in html


def test_the_text_version_and_the_transcript_stand_on_the_page(visitor, film):
    html = page(visitor, film)
    assert "Text en." in html
    assert re.search(r"<details><summary>What is said in the film</summary>.*Said en\.", html, re.DOTALL)
    assert html.count('id="b1"') == 1


def test_captions_are_named_and_those_of_the_reader_are_on(visitor, film):
    for code in ("fr", "es"):
        add(film, "captions", code, KNOWN["vtt"])
    html = page(visitor, film, "fr")
    assert '<span lang="es">Español</span>' in html
    assert re.search(r'srclang="fr" label="Français" default', html)
    assert not re.search(r'srclang="es" label="Español" default', html)
    assert '<span class="tag" lang="en">English</span>' in html  # the film itself is English, and says so
    assert "default" not in page(visitor, film).split("<template")[1].split("</template>")[0]


def test_a_film_in_the_readers_language_is_preferred(visitor, film):
    mine = add(film, "video", "fr", WEBM + b"fr")
    add(film, "video", "es", WEBM + b"es")
    html = page(visitor, film, "fr")
    assert str(mine.file.key) in html
    assert 'class="tag"' not in html


def test_without_a_script_the_link_opens_a_page_with_the_player(visitor, film):
    html = page(visitor, film, tail="film/")
    assert '<video controls preload="none"' in html
    assert "Said en." in html
    policy = visitor.get("/en/courses/money/film/film/")["Content-Security-Policy"]
    assert "media-src 'self'" in policy


def test_a_unit_without_a_film_has_no_such_page(visitor, download):
    assert visitor.get("/en/courses/money/sheet/film/").status_code == 404


def test_a_link_to_another_site_names_host_and_size_and_loads_nothing(visitor, film):
    film.media.all().delete()
    set_medium(unit=film, kind="video", language="en", url="https://www.ilo.org/media/film.mp4", size=4_718_592, seconds=60)
    html = page(visitor, film)
    assert "Watch the film on www.ilo.org (4.5\xa0MB, 1 min)" in html
    assert '<a class="btn" href="https://www.ilo.org/media/film.mp4"' in html
    assert "<video" not in html
    assert visitor.get("/en/courses/money/film/film/").status_code == 404


def test_a_size_that_is_not_known_is_said(visitor, film):
    film.media.all().delete()
    set_medium(unit=film, kind="video", language="en", url="https://www.ilo.org/film")
    assert "Watch the film on www.ilo.org (size not known)" in page(visitor, film)


def test_a_download_says_kind_and_size_and_language(visitor, download):
    html = page(visitor, download, "es")
    kind = re.search(r"\(XLSX, [^)]+\)", html)
    assert kind
    assert '<span class="tag" lang="en">English</span>' in html


def test_a_page_costs_the_same_with_one_medium_and_with_three(film, client_of, participant):
    browser, counts = client_of(participant), []
    browser.get(film.get_absolute_url())
    for more in ((), ("fr", "es")):
        for code in more:
            add(film, "captions", code, KNOWN["vtt"])
        caches["process"].clear()
        with CaptureQueriesContext(connection) as found:
            browser.get(film.get_absolute_url())
        counts.append(len(found))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("seconds", "shown"), [(None, ""), (0, ""), (9, "9 s"), (60, "1 min"), (3725, "62 min 5 s")])
def test_length(seconds, shown):
    assert length(seconds) == shown


# Files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "content_type", "how"),
    [
        ("webm", "video", "video/webm", "inline"),
        ("mp4", "video", "video/mp4", "inline"),
        ("mp3", "audio", "audio/mpeg", "inline"),
        ("vtt", "captions", "text/vtt; charset=utf-8", "inline"),
        ("pdf", "file", "application/pdf", "inline"),
        ("xlsx", "file", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "attachment"),
    ],
)
def test_files_are_served_as_what_they_are(visitor, film, name, kind, content_type, how):
    medium = add(film, kind, "es", KNOWN[name])
    response = visitor.get(medium.file.get_absolute_url())
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"].startswith(how)
    assert response["Accept-Ranges"] == "bytes"
    assert b"".join(response.streaming_content) == KNOWN[name]


def test_a_player_gets_the_range_it_asks_for_uncompressed(visitor, film, settings):
    settings.MIDDLEWARE = ["core.middleware.Compress", *settings.MIDDLEWARE]
    url = film.media.get().file.get_absolute_url()
    response = visitor.get(url, headers={"Range": "bytes=100-", "Accept-Encoding": "gzip"})
    assert response.status_code == 206
    assert b"".join(response.streaming_content) == WEBM[100:]
    assert response["Content-Length"] == str(len(WEBM) - 100)
    assert not response.has_header("Content-Encoding")
    assert visitor.get("/en/courses/", headers={"Accept-Encoding": "gzip"}).has_header("Content-Encoding")


@pytest.mark.parametrize(("kind", "name"), [("video", "mp3"), ("audio", "webm"), ("captions", "pdf"), ("file", "webm")])
def test_a_file_of_another_kind_is_refused_and_nothing_is_half_written(film, kind, name):
    before = (Medium.objects.count(), StoredFile.objects.count())
    with pytest.raises(DomainError):
        add(film, kind, "es", KNOWN[name])
    assert (Medium.objects.count(), StoredFile.objects.count()) == before


def test_too_large_is_refused(film, settings):
    settings.MEDIA_MAX_BYTES = 1000
    with pytest.raises(DomainError) as refusal:
        add(film, "video", "es", WEBM)
    assert refusal.value.code == "large"


def test_the_same_bytes_again_change_nothing(film):
    medium, moved = keep_medium(unit=film, kind="video", language="en", data=WEBM, name="other.webm", seconds=95)
    assert not moved
    assert StoredFile.objects.count() == 1
    assert keep_medium(unit=film, kind="video", language="en", data=WEBM + b"x", name="n.webm", seconds=95)[1]
    assert medium.pk == film.media.get().pk
    assert keep_medium(unit=film, kind="video", language="en", data=None, name="", url="https://ilo.org/f", size=9)[1]
    assert not keep_medium(unit=film, kind="video", language="en", data=None, name="", url="https://ilo.org/f", size=9)[1]


# Who loads them -----------------------------------------------------------------------------------


def audience(film) -> str:
    return film.media.select_related("file").get(kind="video").file.audience


def test_files_follow_their_module(film, staff, visitor):
    module = film.module
    assert audience(film) == "public"
    unpublish_module(module=module, actor=staff)
    assert audience(film) == HIDDEN
    assert visitor.get(film.media.get().file.get_absolute_url()).status_code in (302, 404)
    module.audience = "member"
    module.save()
    publish_module(module=module, actor=staff)
    assert audience(film) == "member"
    module.audience = "clinic.12"
    module.save()
    module_files_follow(module=module)
    assert audience(film) == "clinic.12"


def test_files_of_a_retired_module_stay_with_those_who_may_still_read_it(film, staff):
    retire_module(module=film.module, actor=staff, reason="old")
    assert audience(film) == "member"


def test_a_file_in_a_draft_is_nobodys_until_it_is_published(client_of, participant):
    unit = FilmFactory(module=ModuleFactory(state="draft"))
    assert audience(unit) == HIDDEN
    assert client_of(participant).get(unit.media.get().file.get_absolute_url()).status_code == 404


def test_a_file_that_two_modules_show_has_the_wider_audience(film):
    stored = film.media.get().file
    other = UnitFactory(module=ModuleFactory(state="draft"), kind="video", transcript_en="x")
    Medium.objects.create(unit=other, kind="video", language="en", file=stored)
    module_files_follow(module=other.module)
    assert audience(film) == "public"


def test_a_file_taken_out_or_replaced_is_hidden(film):
    old = film.media.get().file
    add(film, "video", "en", WEBM + b"new")
    old.refresh_from_db()
    assert old.audience == HIDDEN
    medium = film.media.get()
    drop_medium(medium=medium)
    assert StoredFile.objects.get(pk=medium.file_id).audience == HIDDEN


@pytest.mark.parametrize("kind", ["video", "download"])
def test_publishing_refuses_a_film_or_download_without_one(kind):
    module = ModuleFactory(state="draft")
    unit = UnitFactory(module=module, kind=kind, transcript_en="Said.", transcript_fr="Dit.", transcript_es="Dicho.")
    with pytest.raises(DomainError) as refusal:
        publish_module(module=module, actor=None)
    assert str(unit) in str(refusal.value)


def test_a_page_changes_when_its_film_does(visitor, film, django_capture_on_commit_callbacks):
    page(visitor, film, "fr")  # now it is kept
    with django_capture_on_commit_callbacks(execute=True):
        mine = add(film, "video", "fr", WEBM + b"fr")
    assert str(mine.file.key) in page(visitor, film, "fr")
