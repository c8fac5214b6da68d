"""Uploads: known by their content, renamed, bounded."""

import io
import zipfile

import pytest
from django.core.files.base import ContentFile

from core.errors import DomainError
from core.models import StoredFile
from core.uploads import CAPTIONS, DOCUMENTS, ENDINGS, FILMS, SOUNDS, kind_of, store_upload

WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(100)
MKV = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska" + bytes(100)


def packed(*names: str, mimetype: str = "") -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype)
        for name in names:
            archive.writestr(name, "x")
    return body.getvalue()


def mp4(brand: bytes) -> bytes:
    return b"\x00\x00\x00\x20ftyp" + brand + bytes(100)


XLSX = packed("[Content_Types].xml", "xl/workbook.xml")
KNOWN = {
    "webm": WEBM,
    "mp4": mp4(b"isom"),
    "m4a": mp4(b"M4A "),
    "mp3": b"ID3\x04" + bytes(100),
    "ogg": b"OggS\x00" + bytes(100),
    "vtt": "\ufeffWEBVTT\n\n00:00.000 --> 00:01.000\nBonjour à tous\n".encode(),
    "pdf": b"%PDF-1.7\n",
    "jpg": b"\xff\xd8\xff\xe0" + bytes(100),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "docx": packed("[Content_Types].xml", "word/document.xml"),
    "xlsx": XLSX,
    "pptx": packed("[Content_Types].xml", "ppt/presentation.xml"),
    "odt": packed("content.xml", mimetype="application/vnd.oasis.opendocument.text"),
    "ods": packed("content.xml", mimetype="application/vnd.oasis.opendocument.spreadsheet"),
}
REFUSED = {
    "html": b"<!doctype html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "exe": b"MZ" + bytes(100),
    "mkv": MKV,
    "heic": mp4(b"heic"),
    "zip": packed("readme.txt"),
    "macros": packed("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
    "odf macros": packed("Basic/script.xml", mimetype="application/vnd.oasis.opendocument.text"),
    "broken zip": b"PK\x03\x04" + bytes(50),
    "cut": XLSX[:40],
    "latin-1 captions": "WEBVTT\n\n00:00.000 --> 00:01.000\né".encode("latin-1"),
    "nul in captions": b"WEBVTT\n\n\x00",
    "word": b"WEBVTTX",
    "one byte": b"\xff",
}


def test_every_kind_that_we_take_is_known_by_its_bytes():
    assert {kind_of(ContentFile(data, "x.exe")) for data in KNOWN.values()} == set(ENDINGS)
    assert {name: ENDINGS[kind_of(ContentFile(data))] for name, data in KNOWN.items()} == {name: name for name in KNOWN}


@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_is_refused_whatever_it_is_called(db, name):
    for shown in ("film.webm", "sheet.xlsx"):
        with pytest.raises(DomainError) as refusal:
            store_upload(upload=ContentFile(REFUSED[name], shown), audience="public", max_bytes=10**6, allowed=set(ENDINGS))
        assert refusal.value.code == "kind"
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(("allowed", "name"), [(FILMS, "mp3"), (SOUNDS, "mp4"), (CAPTIONS, "pdf"), (DOCUMENTS, "webm")])
def test_a_kind_for_another_place_is_refused_and_says_what_is_taken(db, allowed, name):
    with pytest.raises(DomainError) as refusal:
        store_upload(upload=ContentFile(KNOWN[name], "x"), audience="public", max_bytes=10**6, allowed=allowed)
    assert all(ENDINGS[kind] in str(refusal.value) for kind in allowed)


@pytest.mark.parametrize(("size", "code"), [(0, "empty"), (11, "large")])
def test_size_is_bounded(db, size, code):
    with pytest.raises(DomainError) as refusal:
        store_upload(upload=ContentFile(b"x" * size, "a.pdf"), audience="public", max_bytes=10)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/Élan national (v2).exe", "elan-national-v2.xlsx"),
        ("C:\\temp\\Plan.XLS", "plan.xlsx"),
        ("財政.xlsx", "file.xlsx"),
        ("a" * 300 + ".xlsx", "a" * 100 + ".xlsx"),
    ],
)
def test_a_file_is_renamed_and_has_the_ending_of_its_content(db, name, shown):
    stored = store_upload(upload=ContentFile(XLSX, name), audience="member", max_bytes=10**6)
    assert stored.name == shown
    assert str(stored.key) in stored.file.name
    assert stored.file.name.endswith(".xlsx")
    assert (stored.size, stored.audience) == (len(XLSX), "member")
    with stored.file.open("rb") as body:
        assert body.read() == XLSX
