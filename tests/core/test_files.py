import hashlib
import uuid

import pytest
from django.core.files.base import ContentFile

from core.models import StoredFile

pytestmark = pytest.mark.django_db
DATA = bytes(range(100))


def put(audience, content_type="image/jpeg", name="photo.jpg"):
    stored = StoredFile(
        name=name, content_type=content_type, size=len(DATA), sha256=hashlib.sha256(DATA).hexdigest(), audience=audience
    )
    stored.file.save("x.bin", ContentFile(DATA), save=True)
    return stored


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_file_is_served_to_its_audience_only(client_of, participant, outsider, staff, visitor):
    url = put(f"user.{participant.pk}").get_absolute_url()
    response = client_of(participant).get(url)
    assert (response.status_code, body(response)) == (200, DATA)
    assert "private" in response["Cache-Control"]
    assert client_of(outsider).get(url).status_code == 404
    assert visitor.get(url)["Location"] == f"/en/accounts/login/?next={url}"
    assert client_of(staff).get(url).status_code == 200


def test_file_for_members_and_for_all(client_of, outsider, visitor):
    member, public = put("member").get_absolute_url(), put("public").get_absolute_url()
    assert client_of(outsider).get(member).status_code == 200
    assert visitor.get(member)["Location"].endswith(f"?next={member}")
    assert body(visitor.get(public)) == DATA


def test_file_unknown(visitor):
    assert visitor.get(f"/files/{uuid.uuid4()}/").status_code == 404


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=90-", 90, 99), ("bytes=10-10", 10, 10), ("bytes=95-500", 95, 99), ("bytes=0-99", 0, 99)],
)
def test_range_is_partial(visitor, wanted, first, last):
    response = visitor.get(put("public").get_absolute_url(), headers={"Range": wanted})
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/100"
    assert body(response) == DATA[first : last + 1]
    assert int(response["Content-Length"]) == last - first + 1


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=100-200", "bytes=999999999999-"])
def test_range_beyond_the_end(visitor, wanted):
    response = visitor.get(put("public").get_absolute_url(), headers={"Range": wanted})
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */100"


@pytest.mark.parametrize("wanted", ["bytes=a-b", "lines=0-1", "bytes=0-1,5-6", "bytes=" + "9" * 100 + "-"])
def test_range_not_understood_is_the_whole_file(visitor, wanted):
    response = visitor.get(put("public").get_absolute_url(), headers={"Range": wanted})
    assert (response.status_code, body(response)) == (200, DATA)


def test_file_that_a_browser_might_run_is_downloaded(visitor):
    response = visitor.get(put("public", "text/html", 'a"b\nc.html').get_absolute_url())
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert visitor.get(put("public").get_absolute_url())["Content-Disposition"].startswith("inline")
