"""Files that people upload: known by their content, never by what their name or the browser says."""

import hashlib
import re
import zipfile

from django.core.files.base import File
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.models import StoredFile
from core.services import store_photo

VTT = "text/vtt; charset=utf-8"
ENDINGS = {
    "video/mp4": "mp4",
    "video/webm": "webm",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    VTT: "vtt",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "image/jpeg": "jpg",
    "image/png": "png",
}
FILMS = {"video/mp4", "video/webm"}
SOUNDS = {"audio/mpeg", "audio/mp4", "audio/ogg"}
CAPTIONS = {VTT}
IMAGES = {"image/jpeg", "image/png"}  # made anew as JPEG when stored: metadata does not come along
DOCUMENTS = set(ENDINGS) - FILMS - SOUNDS - CAPTIONS - IMAGES
OFFICE = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
MP4_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"MSNV"}
M4A_BRANDS = {b"M4A ", b"M4B "}
MACROS = re.compile(r"(^|/)(vbaProject\.bin|Basic/|Scripts/)", re.IGNORECASE)
LONGEST_CAPTIONS = 2 * 2**20
IMAGE_SIDE = 2000  # pixels: the letters of a photographed page stay readable


def store_upload(
    *, upload: File, audience: str, max_bytes: int, allowed: set[str] = DOCUMENTS, field: str = "file"
) -> StoredFile:
    """Keep an upload of an allowed kind, renamed; its shown name keeps the words, with the ending its content has.

    Args: allowed: content types, some of ENDINGS; field: where the refusal is shown.
    Raises: DomainError "large", "empty" or "kind"; for a broken image that of `store_photo`. Queries: 1, 2 for an image.
    The bytes stay as they are, except those of images, which are made anew.
    """
    kind = check_upload(upload=upload, max_bytes=max_bytes, allowed=allowed, field=field)
    stem = stem_of(upload)
    if kind in IMAGES:
        stored = store_photo(upload=upload, audience=audience, max_bytes=max_bytes, side=IMAGE_SIDE)
        stored.name = f"{stem}.jpg"
        stored.save(update_fields=["name"])
        return stored
    stored = StoredFile(
        name=f"{stem}.{ENDINGS[kind]}", content_type=kind, size=upload.size, sha256=sha256_of(upload), audience=audience
    )
    upload.seek(0)
    stored.file.save(f"{stored.key}.{ENDINGS[kind]}", upload, save=True)
    return stored


def check_upload(*, upload: File, max_bytes: int, allowed: set[str] = DOCUMENTS, field: str = "file") -> str:
    """Return the content type of an upload that may be kept. Pure. Args and Raises: as `store_upload`, without storing."""
    if upload.size > max_bytes:
        text = _("This file is too large. At most %(mb)d MB.") % {"mb": max_bytes // 2**20}
        raise DomainError(text, code="large", field=field)
    if not upload.size:
        raise DomainError(_("This file is empty."), code="empty", field=field)
    kind = kind_of(upload)
    if kind not in allowed:
        endings = ", ".join(ENDINGS[name] for name in ENDINGS if name in allowed)
        raise DomainError(
            _("Please choose a file of one of these kinds: %(kinds)s.") % {"kinds": endings}, code="kind", field=field
        )
    return kind


def stem_of(upload: File) -> str:
    """Return the words of an upload's name, without folders and ending, safe to show. Pure."""
    return slugify(str(upload.name).replace("\\", "/").rpartition("/")[2].rpartition(".")[0])[:100] or "file"


def sha256_of(upload: File) -> str:
    """Return the hash of an upload's bytes, read in pieces."""
    upload.seek(0)
    found = hashlib.sha256()
    for piece in upload.chunks():
        found.update(piece)
    return found.hexdigest()


def kind_of(upload: File) -> str | None:
    """Return the content type that an upload's bytes show, or None for what we do not take. Pure."""
    upload.seek(0)
    head = upload.read(4096)
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if brand in MP4_BRANDS | M4A_BRANDS:
        return "audio/mp4" if brand in M4A_BRANDS else "video/mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"\x42\x82\x84webm" in head[:64]:
        return "video/webm"
    if head.startswith(b"ID3") or (len(head) > 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return "audio/mpeg"
    if head.startswith(b"OggS") and b"theora" not in head[:512]:
        return "audio/ogg"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"PK\x03\x04"):
        return _office_kind(upload)
    return VTT if _is_captions(upload, head) else None


def _office_kind(upload: File) -> str | None:
    """Return the kind of an office document by what lies in its zip; None for one with macros."""
    upload.seek(0)
    try:
        with zipfile.ZipFile(upload) as packed:
            names = packed.namelist()
            if any(MACROS.search(name) for name in names):
                return None
            for path, ending in OFFICE.items():
                if path in names and "[Content_Types].xml" in names:
                    return next(kind for kind, known in ENDINGS.items() if known == ending)
            if names[:1] == ["mimetype"] and packed.getinfo("mimetype").file_size < 100:
                kind = packed.read("mimetype").decode("ascii", "replace").strip()
                return kind if ENDINGS.get(kind) in ("odt", "ods") else None
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError):  # broken, encrypted, odd
        return None
    return None


def _is_captions(upload: File, head: bytes) -> bool:
    """Say whether this is WebVTT: UTF-8 text under the word WEBVTT."""
    if upload.size > LONGEST_CAPTIONS or not re.match(rb"(\xef\xbb\xbf)?WEBVTT([ \t\r\n]|$)", head):
        return False
    upload.seek(0)
    try:
        return "\x00" not in upload.read().decode()
    except UnicodeDecodeError:
        return False
