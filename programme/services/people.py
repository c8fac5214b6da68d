"""Photos of experts: read by whom the expert is shown to."""

from django.conf import settings
from django.db import transaction

from core.audiences import HIDDEN
from core.models import StoredFile
from core.personal import forget_files
from core.services import store_photo
from programme.models import Expert

SIDE = 240  # pixels: three times what the page shows, a dozen kilobytes


def new_photo(*, upload) -> StoredFile:
    """Keep a photo that nobody reads yet, small and without metadata. Raises: DomainError when it is none. Queries: 1."""
    return store_photo(upload=upload, audience=HIDDEN, max_bytes=settings.PHOTO_MAX_BYTES, side=SIDE)


def set_photo(*, expert: Expert, photo: StoredFile | None) -> None:
    """Show another photo of an expert, or none; the one before is deleted. Saves the expert. Queries: 4 at most."""
    before = expert.photo
    with transaction.atomic():
        expert.photo = photo
        expert.save(update_fields=["photo", "changed_at"])
        photos_follow([expert])
        if before and before != photo:
            forget_files([before])


def audience_of(expert: Expert) -> str:
    """Return who may see the photo: the expert's readers, nobody while it is a draft. Pure."""
    return HIDDEN if expert.is_draft else expert.audience


def photos_follow(objects, removed: bool = False) -> None:
    """Follow what is published or taken back: photos of experts among the objects are read by the same, or go with them.

    Queries: 1 an expert with a photo. Safe to repeat.
    """
    shown = [obj for obj in objects if isinstance(obj, Expert) and obj.photo_id]
    if removed and shown:
        forget_files(list(StoredFile.objects.filter(pk__in=[expert.photo_id for expert in shown])))
        return
    for expert in shown:
        StoredFile.objects.filter(pk=expert.photo_id).update(audience=audience_of(expert))
