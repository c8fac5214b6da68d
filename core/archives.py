"""Zip files from outside: read without trusting a name, a size or a link in them."""

import lzma
import stat
import zipfile
import zlib

from django.utils.translation import gettext as _

from core.starter import ContentError

ENTRIES_MOST = 2000
BYTES_MOST = 300_000_000  # of all files together, unpacked
DAMAGED = (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error, lzma.LZMAError)
IGNORED = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


class Archive:
    """The files of one folder in a zip, by their names within it: the same as `core.starter.Folder`.

    Args: upload: an open binary file. Raises: ContentError naming the entry that is refused.
    """

    def __init__(self, upload):
        try:
            self._zip = zipfile.ZipFile(upload)
            entries = [info for info in self._zip.infolist() if not info.is_dir() and not _ignored(info.filename)]
        except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError) as error:
            raise ContentError(_("This is not a zip file that can be read.")) from error
        if not 0 < len(entries) <= ENTRIES_MOST:
            raise ContentError(_("A zip holds between 1 and %(most)d files.") % {"most": ENTRIES_MOST})
        if sum(info.file_size for info in entries) > BYTES_MOST:
            raise ContentError(_("Unpacked, this zip is larger than %(mb)d MB.") % {"mb": BYTES_MOST // 10**6})
        for info in entries:
            _refuse(info)
        tops = {info.filename.split("/", 1)[0] for info in entries}
        if len(tops) != 1 or any("/" not in info.filename for info in entries):
            raise ContentError(_("The zip holds one folder, with all files in it."))
        self.name = tops.pop()
        self._entries = {info.filename.split("/", 1)[1]: info for info in entries}
        if len(self._entries) != len(entries):
            raise ContentError(_("Two files of the zip have one name."))

    def names(self) -> list[str]:
        """Return the names of all files, sorted."""
        return sorted(self._entries)

    def read(self, name: str) -> bytes:
        """Return the bytes of a file. Raises ContentError for one that is missing, damaged or larger than it says."""
        info = self._entries.get(name)
        if info is None:
            raise ContentError(_("this file is missing"), name)
        try:
            with self._zip.open(info) as body:
                data = body.read(info.file_size + 1)
        except DAMAGED as error:
            raise ContentError(_("this file is damaged"), name) from error
        if len(data) > info.file_size:
            raise ContentError(_("this file is larger than the zip says"), name)
        return data


def _ignored(name: str) -> bool:
    return name.startswith(IGNORED[0]) or name.rsplit("/", 1)[-1] in IGNORED


def _refuse(info: zipfile.ZipInfo) -> None:
    name, parts = info.filename, info.filename.split("/")
    if "\\" in info.orig_filename or name.startswith("/") or ":" in parts[0] or {"..", ".", ""} & set(parts) or "\0" in name:
        raise ContentError(_("“%(name)s” leads out of the folder.") % {"name": name[:80]})
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ContentError(_("“%(name)s” is a link.") % {"name": name[:80]})
    if info.flag_bits & 0x1:
        raise ContentError(_("“%(name)s” is encrypted.") % {"name": name[:80]})
