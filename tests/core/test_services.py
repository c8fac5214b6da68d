import io
import struct
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core.errors import DomainError
from core.models import Event, Once, StoredFile
from core.services import once, record_event, store_photo
from tests.factories import ThemeFactory

# Once ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_once_does_the_first_act_and_returns_its_result_again():
    done = []
    assert once("k:1", lambda: done.append(1) or {"n": 1}) == {"n": 1}
    assert once("k:1", lambda: done.append(2) or {"n": 2}) == {"n": 1}
    assert once("k:2", lambda: done.append(3) or {"n": 3}) == {"n": 3}
    assert done == [1, 3]


@pytest.mark.django_db
def test_once_leaves_the_key_free_when_the_act_fails():
    with pytest.raises(ZeroDivisionError):
        once("k", lambda: 1 / 0)
    assert not Once.objects.exists()
    assert once("k", lambda: {"ok": True}) == {"ok": True}


@pytest.mark.django_db(transaction=True)
def test_once_two_at_once_act_once(at_once):
    done, lock = [], threading.Lock()

    def act():
        with lock:
            done.append(threading.get_ident())
        return {"by": len(done)}

    results = at_once(*[lambda: once("double click", act)] * 2)
    assert results == [{"by": 1}, {"by": 1}]
    assert len(done) == 1


# Events -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_record_event(staff):
    theme, other = ThemeFactory(), ThemeFactory()
    record_event(actor=staff, act="rename", obj=theme, reason="typo", before={"a": 1}, after={"a": 2})
    record_event(actor=None, act="publish", obj=theme)
    record_event(actor=None, act="publish", obj=other)
    newest, first = Event.objects.about(theme)
    assert (newest.act, newest.actor, newest.before) == ("publish", None, {})
    assert (first.actor, first.reason, first.before, first.after) == (staff, "typo", {"a": 1}, {"a": 2})
    assert first.object_key == f"programme.theme:{theme.pk}"
    assert first.object_name == "Theme en"


@pytest.mark.django_db
def test_events_survive_their_actor(staff):
    event = record_event(actor=staff, act="rename", obj=ThemeFactory())
    staff.delete()
    event.refresh_from_db()
    assert event.actor is None


# Photos -------------------------------------------------------------------------------------------


def picture(kind="JPEG", size=(64, 32), mode="RGB", **options) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **options)
    return out.getvalue()


def upload(data: bytes, name="photo.jpg"):
    return SimpleUploadedFile(name, data, "image/jpeg")


def stored_image(stored: StoredFile):
    return Image.open(stored.file.open("rb"))


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB")])
def test_photo_is_kept_as_small_jpeg(kind, mode):
    data = picture("PNG" if mode == "P" else kind, (1200, 600), mode)
    stored = store_photo(upload=upload(data, "../../evil.php"), audience="user.1", max_bytes=10**6)
    image = stored_image(stored)
    assert (image.format, image.size, image.mode) == ("JPEG", (480, 240), "RGB")
    assert (stored.name, stored.content_type, stored.audience) == ("photo.jpg", "image/jpeg", "user.1")
    assert stored.size == stored.file.size
    assert "evil" not in stored.file.name
    assert stored.file.name.endswith(f"{stored.key}.jpg")


@pytest.mark.django_db
def test_photo_loses_its_metadata_and_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "SECRETCAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    data = picture(size=(64, 32), exif=exif)
    assert b"SECRETCAMERA" in data
    stored = store_photo(upload=upload(data), audience="user.1", max_bytes=10**6)
    assert stored_image(stored).size == (32, 64)
    assert not stored_image(stored).getexif()
    assert b"SECRETCAMERA" not in stored.file.open("rb").read()


@pytest.mark.django_db
def test_photo_polyglot_keeps_only_the_picture():
    data = picture() + b"<script>alert(1)</script>PK\x03\x04<?php evil(); ?>"
    stored = store_photo(upload=upload(data), audience="user.1", max_bytes=10**6)
    kept = stored.file.open("rb").read()
    assert b"script" not in kept
    assert b"php" not in kept


@pytest.mark.django_db
def test_photo_of_several_frames_as_phones_make_is_kept():
    """Many phones add a second frame to a JPEG (MPO); to its owner it is a JPEG."""
    second = Image.new("RGB", (64, 32))
    data = picture("MPO", save_all=True, append_images=[second])
    assert store_photo(upload=upload(data), audience="user.1", max_bytes=10**6).content_type == "image/jpeg"


def broken_png() -> bytes:
    data = picture("PNG", (300, 300))
    place = data.index(b"IDAT")
    return data[:place] + b"\x00\x00\x00\x00" + data[place + 4 :]


def broken_later() -> bytes:
    """A PNG whose second data chunk has a nonsense name: found only while its pixels are read."""
    import zlib

    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    raw = zlib.compress(b"".join(b"\x00" + bytes(range(150)) for _ in range(50)), 0)
    head = struct.pack(">IIBBBBB", 50, 50, 8, 2, 0, 0, 0)
    second = chunk(b"IDAT", raw[100:]).replace(b"IDAT", b"\x01\x02\x03\x04", 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", raw[:100]) + second


@pytest.mark.django_db
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture at all",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7 ...",
        b"GIF89a<script>alert(1)</script>",
        picture("GIF", mode="P"),
        picture("BMP"),
        picture()[:200],
        broken_png(),
        broken_later(),
        picture("PNG", (7000, 6000), "1"),
    ],
    ids=["empty", "text", "svg", "pdf", "gif-polyglot", "gif", "bmp", "cut", "broken", "broken-later", "42-megapixels"],
)
def test_photo_that_is_none_is_refused(data):
    with pytest.raises(DomainError) as refusal:
        store_photo(upload=upload(data), audience="user.1", max_bytes=10**6)
    assert refusal.value.field == "photo"
    assert not StoredFile.objects.exists()


@pytest.mark.django_db
def test_photo_too_large_is_refused_before_it_is_opened():
    with pytest.raises(DomainError) as refusal:
        store_photo(upload=upload(b"x" * (2**20 + 1)), audience="user.1", max_bytes=2**20)
    assert "1" in str(refusal.value)
