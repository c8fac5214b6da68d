"""Writing to the tables of `core`."""

import hashlib
import io
from pathlib import Path

from django.core.files import File
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import DomainError
from core.models import Event, Once, StoredFile, object_key


def record_event(*, actor, act: str, obj, reason: str = "", before: dict | None = None, after: dict | None = None) -> Event:
    """Write one line of the log, in the caller's transaction.

    Args: actor: user or None for the portal itself; act: a verb such as "publish"; before, after: small dicts.
    Queries: 1. Repeating writes another line.
    """
    return Event.objects.create(
        actor=actor,
        act=act,
        object_key=object_key(obj),
        object_name=str(obj)[:200],
        reason=reason,
        before=before or {},
        after=after or {},
    )


def once(key: str, act) -> dict:
    """Do `act` the first time a key is seen; afterwards return its first result.

    Args: key: at most 120 characters, with the person in it (`submit:12:7f…`); act: f() -> JSON-able dict.
    Returns: the first result. Raises: what `act` raises, and then the key stays free.
    Queries: 3 and those of `act`, in one transaction: two at once wait for each other. Safe to repeat.
    """
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = Once.objects.create(key=key)
        except IntegrityError:
            return Once.objects.get(key=key).result
        row.result = act()
        row.save(update_fields=["result"])
        return row.result


def store_file(*, data, name: str, content_type: str, audience: str) -> StoredFile:
    """Keep a file that the portal made or that was checked before.

    Args: data: bytes or an open binary file; name: what a reader's device calls it. Queries: 1.
    """
    body = ContentFile(data) if isinstance(data, bytes) else File(data)
    digest = hashlib.sha256()
    for chunk in body.chunks():
        digest.update(chunk)
    stored = StoredFile(
        name=name[:150], content_type=content_type, size=body.size, sha256=digest.hexdigest(), audience=audience
    )
    stored.file.save(f"{stored.key}{Path(name).suffix.lower()[:10]}", body, save=True)
    return stored


def store_photo(*, upload, audience: str, max_bytes: int, side: int = 480) -> StoredFile:
    """Keep a photo: checked by content, turned upright, scaled into `side` pixels, metadata stripped, made JPEG.

    Raises: DomainError when it is no image, too large in bytes or over 40 megapixels. Queries: 1.
    """
    if upload.size > max_bytes:
        raise DomainError(_("This file is too large. At most %(mb)d MB.") % {"mb": max_bytes // 2**20}, field="photo")
    try:
        with Image.open(upload) as image:
            if image.format not in ("JPEG", "MPO", "PNG", "WEBP") or image.width * image.height > 40_000_000:
                raise DomainError(_("Please choose a photo in JPEG, PNG or WebP."), field="photo")
            picture = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DomainError(_("Please choose a photo in JPEG, PNG or WebP."), field="photo") from error
    picture.thumbnail((side, side))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82, optimize=True)
    data = out.getvalue()
    stored = StoredFile(
        name="photo.jpg",
        content_type="image/jpeg",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        audience=audience,
    )
    stored.file.save(f"{stored.key}.jpg", ContentFile(data), save=True)
    return stored
