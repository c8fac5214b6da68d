"""Announcing to an audience: written in every language, looked at as the letter reads, counted exactly, sent once."""

from csp.constants import SELF
from csp.decorators import csp_replace
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from clinics.admin.pages import edition_page, page
from clinics.enums import AnnouncementAudience
from clinics.letters.announcements import preview as letter_of
from clinics.models import Announcement
from clinics.services import announcing
from core import preview
from core.admin import TranslatedForm, each_language, mark_changed
from core.errors import DomainError
from core.paging import keyset, number
from core.preview import preview_address, previewable

SENT_A_PAGE = 25


class AnnouncementForm(TranslatedForm):
    """To whom, and the words in each language side by side."""

    class Meta:
        model = Announcement
        fields = ["to", "delegation", "source_language", *each_language("subject"), *each_language("body")]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["delegation"].queryset = self.instance.edition.delegations.all()
        self.fields["delegation"].help_text = _("Only for “One delegation”.")
        self.fields["source_language"].label = _("Written first in")
        for field, rows in (("subject", 0), ("body", 12)):
            for code, name in zip(each_language(field), dict(settings.LANGUAGES), strict=True):
                self.dress(code, name, rows)

    def dress(self, name: str, language: str, rows: int) -> None:
        """Mark an input with its language; translations may follow later."""
        field = self.fields[name]
        field.required = False
        kind = {"rows": rows, "class": "vLargeTextField"} if rows else {"class": "vTextField", "maxlength": 160}
        field.widget = forms.Textarea(attrs=kind) if rows else forms.TextInput(attrs=kind)
        field.widget.attrs["lang"] = language

    def clean(self):
        data = super().clean()
        if data.get("to") != AnnouncementAudience.DELEGATION:
            data["delegation"] = None
        elif "delegation" in data and data["delegation"] is None:
            self.add_error("delegation", _("Choose the delegation."))
        return data

    @property
    def languages(self) -> list[dict]:
        """Return the inputs language by language, for the page."""
        return [{"code": code, "name": name, "fields": [self[f"subject_{code}"], self[f"body_{code}"]]}
                for code, name in settings.LANGUAGES]  # fmt: skip

    def save(self, commit=True):
        mark_changed(self.instance, self)
        return super().save(commit)


# The list and the form ----------------------------------------------------------------------------
@edition_page("announce", _("Announce"), position=80)
@require_http_methods(["GET", "HEAD", "POST"])
def announce(request, edition):
    """What was announced, and a form to write the next one or to go on with one that is not sent."""
    row = draft_of(request, edition)
    form = AnnouncementForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        return redirect(look_at(edition, form.save()))
    rows = edition.announcements.select_related("sent_by", "delegation").order_by("-pk")
    context = {
        "title": gettext("Announce: %(edition)s") % {"edition": edition},
        "form": form,
        "row": row,
        "told": keyset(rows, request.GET.get("before"), size=SENT_A_PAGE),
        "here": address(edition),
        "look": reverse("admin:clinics_edition_announcement", args=[edition.pk]),
    }
    return page(request, edition, "announce", "admin/clinics/announce.html", context, status=400 if form.errors else 200)


def draft_of(request, edition) -> Announcement:
    """Return the announcement that is being written: a new one, or one not sent, by `?row=`. Queries: 1 for that."""
    if asked := number(request.GET.get("row")):
        return get_object_or_404(edition.announcements.filter(sent_at=None), pk=asked)
    to = request.GET.get("to")
    row = Announcement(edition=edition, to=to if to in AnnouncementAudience.values else AnnouncementAudience.PARTICIPANTS)
    row.source_language = (translation.get_language() or settings.LANGUAGE_CODE)[:2]
    if delegation := number(request.GET.get("delegation")):
        row.delegation = edition.delegations.filter(pk=delegation).first()
    return row


def address(edition, row=None) -> str:
    """Return the address of the form: empty, or of an announcement not sent."""
    path = reverse("admin:clinics_edition_announce", args=[edition.pk])
    return f"{path}?row={row.pk}" if row else path


def look_at(edition, row) -> str:
    return f"{reverse('admin:clinics_edition_announcement', args=[edition.pk])}?row={row.pk}"


# Looking and sending ------------------------------------------------------------------------------
@edition_page("announcement", _("Announcement"), position=81, listed=False)
@csp_replace({"frame-src": [SELF]})
@require_http_methods(["GET", "HEAD", "POST"])
def announcement(request, edition):
    """The letter in each language, the exact number of people, and one button; or its record once it is sent."""
    row, refusal = row_of(request, edition), ""
    if request.method == "POST":
        try:
            return carry_out(request, edition, row)
        except DomainError as said:
            refusal = said.message
    return page(
        request, edition, "announce", "admin/clinics/announcement.html", looked_at(request, edition, row, refusal),
        status=409 if refusal else 200,
    )  # fmt: skip


def row_of(request, edition) -> Announcement:
    """Return the announcement that is asked for. Queries: 1."""
    rows = edition.announcements.select_related("sent_by", "delegation")
    row = get_object_or_404(rows, pk=number(request.GET.get("row")) or 0)
    row.edition = edition
    return row


def carry_out(request, edition, row):
    """Send or discard, and say so. Raises: DomainError."""
    if request.POST.get("act") == "discard":
        announcing.discard(announcement=row, actor=request.user)
        messages.success(request, gettext("“%(subject)s” is discarded. Nobody was told.") % {"subject": row})
        return redirect(address(edition))
    shown = request.POST.get("number", "")
    expected = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 9 else None
    job = announcing.send_announcement(announcement=row, actor=request.user, expected=expected)
    row.refresh_from_db()
    words = ngettext("“%(subject)s” goes to %(n)d person.", "“%(subject)s” goes to %(n)d people.", row.sent_to)
    text = words % {"subject": row, "n": row.sent_to}
    link = format_html(' <a href="{}">{}</a>', job.get_absolute_url(), gettext("how far it is")) if job else ""
    messages.success(request, format_html("{}{}", text, link))
    return redirect(address(edition))


def looked_at(request, edition, row, refusal: str) -> dict:
    """Return what the page of one announcement shows."""
    here = preview.chosen(request.GET, translation.get_language()[:2])
    letter = letter_of(row, here["language"], request.user.get_short_name())
    frame = reverse("admin:clinics_edition_announcement_letter", args=[edition.pk])
    readers = [] if row.sent_at else announcing.readers_of(row)
    query = f"row={row.pk}&language={here['language']}"
    return {
        "title": gettext("Announcement: %(subject)s") % {"subject": row},
        "row": row,
        "tabs_of_letter": {name: with_row(links, row) for name, links in preview.tabs(here).items()},
        "width": here["width"],
        "height": preview.HEIGHT,
        "address": f"{preview_address(frame)}&{query}",
        "letter": letter,
        "counts": announcing.counted(readers),
        "total": len(readers),
        "lacking": [name for code, name in settings.LANGUAGES if code in announcing.lacking(row)],
        "change": address(edition, row),
        "all": address(edition),
        "refusal": refusal,
    }


def with_row(links: list[dict], row) -> list[dict]:
    """Return the links of a row of tabs, each with the announcement that is looked at. Pure."""
    return [link | {"url": f"{link['url']}&row={row.pk}"} for link in links]


@edition_page("announcement_letter", _("Letter"), position=82, listed=False)
@previewable
@require_safe
def announcement_letter(request, edition):
    """The HTML of the letter alone, for the frame."""
    asked = request.GET.get("language")
    language = asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    return HttpResponse(letter_of(row_of(request, edition), language, request.user.get_short_name()).html)
