"""Films, sound, captions and files of units: kept, and read by whoever may read the module."""

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.audiences import HIDDEN, MEMBER, PUBLIC
from core.errors import DomainError
from core.models import StoredFile
from core.pagecache import forget_pages
from core.uploads import CAPTIONS, DOCUMENTS, FILMS, SOUNDS, sha256_of, store_upload
from courses.enums import MediumKind, ModuleState, UnitKind
from courses.models import Medium, Module, Unit

ALLOWED = {
    MediumKind.VIDEO: FILMS,
    MediumKind.AUDIO: SOUNDS,
    MediumKind.CAPTIONS: CAPTIONS,
    MediumKind.FILE: DOCUMENTS,
}


def set_medium(
    *, unit: Unit, kind: str, language: str, upload: File | None = None, url: str = "", size=None, seconds=None
) -> tuple[Medium, bool]:
    """Make or change the medium of a unit in one language: an uploaded file, or a link to another site.

    Args: upload: None keeps the file that stands, unless there is a url; size: in bytes, of what lies elsewhere.
    Returns: (medium, whether anything changed); equal bytes (by hash) are not stored again.
    Raises: DomainError for a file of another kind or too large; ValidationError for odd facts. Queries: up to 10.
    """
    if kind not in ALLOWED:
        raise DomainError(_("This is no film, sound, captions or file."), code="kind", field="kind")
    with transaction.atomic():
        medium = unit.media.select_related("file").filter(kind=kind, language=language).first()
        medium = medium or Medium(unit=unit, kind=kind, language=language)
        before = (medium.pk, medium.file_id, medium.url, medium.bytes, medium.seconds)
        old = medium.file
        if upload is not None and (old is None or old.sha256 != sha256_of(upload)):
            medium.file = store_upload(
                upload=upload, audience=HIDDEN, max_bytes=settings.MEDIA_MAX_BYTES, allowed=ALLOWED[kind], field="file"
            )
        elif url:
            medium.file = None
        medium.url, medium.bytes, medium.seconds = url, None if medium.file else size, seconds
        if before == (medium.pk, medium.file_id, medium.url, medium.bytes, medium.seconds):
            return medium, False
        medium.full_clean()
        medium.save()
        files_follow({stored for stored in (old, medium.file) if stored})
        transaction.on_commit(forget_pages)
    return medium, True


def keep_medium(
    *, unit: Unit, kind: str, language: str, data: bytes | None, name: str, url: str = "", size=None, seconds=None
) -> tuple[Medium, bool]:
    """Make or change a medium from bytes, such as a file of content holds. As `set_medium`."""
    upload = None if data is None else ContentFile(data, name)
    return set_medium(unit=unit, kind=kind, language=language, upload=upload, url=url, size=size, seconds=seconds)


def drop_medium(*, medium: Medium) -> None:
    """Take a medium out of its unit; a file that no other unit uses is hidden from all readers. Queries: 5."""
    with transaction.atomic():
        stored = medium.file
        medium.delete()
        if stored:
            files_follow({stored})
        transaction.on_commit(forget_pages)


def files_shown(rows) -> set[StoredFile]:
    """Return the files that some modules or units show; whoever deletes these lets the files follow. Queries: 1."""
    units, modules = ([row.pk for row in rows if isinstance(row, model)] for model in (Unit, Module))
    shown = Medium.objects.filter(Q(unit__in=units) | Q(unit__module__in=modules))
    return set(StoredFile.objects.filter(pk__in=shown.values("file")))


def module_files_follow(*, module: Module) -> None:
    """Let the files of a module be read by whoever may read it, after its state or audience changed.

    Queries: 3 for any number of files. Safe to repeat.
    """
    files_follow(set(StoredFile.objects.filter(pk__in=Medium.objects.filter(unit__module=module).values("file"))))


def files_follow(files: set[StoredFile]) -> None:
    """Give each file the audience of the modules that show it: the widest one, when several do. Queries: 2."""
    shown: dict[int, set[str]] = {stored.pk: set() for stored in files}
    used = Medium.objects.filter(file__in=shown).values_list("file_id", "unit__module__state", "unit__module__audience")
    for pk, state, audience in used:
        shown[pk].add(audience_of(state, audience))
    changed = []
    for stored in files:
        audience = next(
            (key for key in (PUBLIC, MEMBER) if key in shown[stored.pk]), min(shown[stored.pk] - {HIDDEN}, default=HIDDEN)
        )
        if stored.audience != audience:
            stored.audience = audience
            changed.append(stored)
    if changed:
        StoredFile.objects.bulk_update(changed, ["audience"])


def audience_of(state: str, audience: str) -> str:
    """Return who may load the files of a module: nobody in a draft; of a retired one no visitors, who cannot read it."""
    if state == ModuleState.DRAFT:
        return HIDDEN
    return MEMBER if state == ModuleState.RETIRED and audience == PUBLIC else audience


def lacks_medium(units: list[Unit]):
    """Return why a film or download cannot be shown, or None. Queries: 1."""
    wanted = {UnitKind.VIDEO: {MediumKind.VIDEO, MediumKind.AUDIO}, UnitKind.DOWNLOAD: {MediumKind.FILE}}
    concerned = [unit for unit in units if unit.kind in wanted]
    found: dict[int, set[str]] = {}
    for pk, kind in Medium.objects.filter(unit__in=concerned).values_list("unit", "kind"):
        found.setdefault(pk, set()).add(kind)
    for unit in concerned:
        if not found.get(unit.pk, set()) & wanted[unit.kind]:
            return _("The unit “%(name)s” has no film or file yet.") % {"name": unit}
    return None
