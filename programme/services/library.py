"""Documents of the library: kept or linked, read by whoever may read the record, counted without knowing by whom."""

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import F

from core.audiences import HIDDEN
from core.models import StoredFile
from core.personal import forget_files
from core.uploads import DOCUMENTS, FILMS, SOUNDS, check_upload, store_upload
from programme.enums import ResourceKind
from programme.models import Document, Resource, ResourceCountry

FIELD = "upload"


def allowed_for(kind: str) -> set[str]:
    """Return the content types of files that a record of a kind may hold: recordings also films and sound. Pure."""
    return DOCUMENTS | FILMS | SOUNDS if kind == ResourceKind.RECORDING else DOCUMENTS


def check_document(*, upload: File, kind: str) -> None:
    """Refuse a file that a record of this kind does not take. Raises: DomainError "large", "empty" or "kind"."""
    check_upload(upload=upload, max_bytes=settings.MEDIA_MAX_BYTES, allowed=allowed_for(kind), field=FIELD)


def set_document(
    *, resource: Resource, language: str, upload: File | None = None, url: str = "", size: int | None = None
) -> Document:
    """Make or change the document of a resource in one language: a file of ours, an address elsewhere, or neither yet.

    Args: upload: None keeps the file that stands, unless there is a url; size: in bytes, of what lies elsewhere.
    Raises: as `check_document`; ValidationError. Queries: up to 12. A file that nobody uses any more is deleted after
    the commit.
    """
    with transaction.atomic():
        document = resource.documents.select_related("file").filter(language=language).first()
        document = document or Document(resource=resource, language=language)
        before = document.file
        if upload is not None:
            document.file = store_upload(
                upload=upload,
                audience=HIDDEN,
                max_bytes=settings.MEDIA_MAX_BYTES,
                allowed=allowed_for(resource.kind),
                field=FIELD,
            )
        elif url:
            document.file = None
        document.url, document.size = url, None if document.file else size
        document.full_clean()
        document.save()
        files_follow([resource])
        if before and before != document.file:
            transaction.on_commit(lambda: forget_unused([before.pk]))
    return document


def drop_document(*, document: Document) -> None:
    """Take a document out of its record; its file goes after the commit when nobody uses it. Queries: 4."""
    with transaction.atomic():
        file = document.file_id
        document.delete()
        if file:
            transaction.on_commit(lambda: forget_unused([file]))


def forget_unused(files: list[int]) -> None:
    """Delete those files that no document uses. Queries: 3 and what points to them. Safe to repeat."""
    used = Document.objects.filter(file__in=files).values("file")
    forget_files(list(StoredFile.objects.filter(pk__in=files).exclude(pk__in=used)))


def set_countries(*, resource: Resource, codes: list[str]) -> None:
    """Say which countries a resource is about. Queries: 3 at most. Safe to repeat."""
    standing = set(resource.countries.values_list("code", flat=True))
    resource.countries.filter(code__in=standing - set(codes)).delete()
    missing = [ResourceCountry(resource=resource, code=code) for code in sorted(set(codes) - standing)]
    ResourceCountry.objects.bulk_create(missing, ignore_conflicts=True)


def audience_of(resource: Resource) -> str:
    """Return who may load the files of a record: its readers, nobody while it is a draft. Pure."""
    return HIDDEN if resource.is_draft else resource.audience


def files_follow(objects, removed: bool = False) -> None:
    """Follow what is published, taken back or deleted: files of resources among the objects are read by the same, or go.

    Queries: 1 a resource; when they are removed, 3 in all. Safe to repeat.
    """
    shown = [obj for obj in objects if isinstance(obj, Resource)]
    if not removed:
        for resource in shown:
            StoredFile.objects.filter(documents__resource=resource).update(audience=audience_of(resource))
    elif shown:
        files = list(StoredFile.objects.filter(documents__resource__in=shown).values_list("pk", flat=True))
        transaction.on_commit(lambda: forget_unused(files))


def count_download(*, document: Document) -> None:
    """Count one more download: nothing is kept of who, from where or when. Queries: 1. Each call counts."""
    Document.objects.filter(pk=document.pk).update(downloads=F("downloads") + 1)
