"""Background work of clinics: an edition's note, two pages to print, to mail to a ministry, to pin to a wall."""

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinics import shown
from clinics.models import Edition
from clinics.outline import plan_of
from core import jobs, pdf
from core.audiences import PUBLIC
from core.errors import DomainError
from core.linked_data import absolute
from core.models import Job
from core.time import day, full_day
from courses.documents import qr
from courses.pdf import Reader, content_key, dated, in_the_original

NOTE = "clinics.note"
MOST_OBJECTIVES = 4  # of a block, for two pages


def ask_note(*, user, edition: Edition, language: str) -> Job:
    """Ask for an edition's note; one of the same content that is kept already is returned at once.

    A public edition's belongs to nobody, so that the next reader finds it; another's to the person. Queries: 17 at most.
    """
    owner = None if edition.audience == PUBLIC and not edition.is_draft else user
    subject = f"{edition.pk}.{language}.{content_key(document(edition, language))}"
    args = {"edition": edition.pk, "title": edition.text("title", edition.reading_language(language)), "language": language}
    return jobs.ask(kind=NOTE, owner=owner, subject=subject, args=args | {"slug": edition.slug}, reuse=True)


def make_note(running: jobs.Running) -> None:
    """Lay a note out. Raises: DomainError "gone" when the edition is no more."""
    args = running.job.args
    edition = Edition.objects.select_related("sub_region").filter(pk=args["edition"]).first()
    if edition is None:
        raise DomainError(_("This edition is no more."), code="gone")
    content = dated(document(edition, args["language"]))
    running.attach(pdf.render("clinic_note", content), f"{edition.slug}-{args['language']}.pdf", pdf.MIME)


# What it says -------------------------------------------------------------------------------------
def document(edition: Edition, language: str) -> dict:
    """Return an edition in a language as the template wants it, without the day on which it is made.

    Queries: 12 for any number of weeks, blocks and countries. Missing texts stand in the edition's own language.
    """
    with translation.override(language):
        code = edition.reading_language(language)
        path = edition.get_absolute_url()
        region = edition.sub_region
        return {
            "lang": language,
            "text_lang": code,
            "title": edition.text("title", code),
            "author": _("Financing Decent Work"),
            "keywords": [region.text("name", region.reading_language(language))],
            "region": region.text("name", region.reading_language(language)),
            "summary": edition.text("summary", code),
            "note": "" if code == language else in_the_original(),
            "facts": facts_of(edition),
            "weeks": weeks_of(edition, language),
            "blocks": blocks_of(edition, language),
            "countries": [[one.name, str(one.seats), sides_of(one)] for one in shown.countries_of(edition)],
            "description": Reader(language, {}).blocks(edition.text("description", code)),
            "paragraphs": paragraphs(edition, code),
            "team": [f"{one.name}, {one.roles}" + (f" ({one.organisation})" * bool(one.organisation))
                     for one in shown.team_of(edition)],
            "url": absolute(path),
            "contact": absolute(f"{reverse('programme:contact')}?to={edition.key}"),
            "qr": qr(absolute(path)),
            "labels": labels(absolute(path)),
        }  # fmt: skip


def labels(url: str) -> dict:
    """Return the words that the template itself says, in the active language."""
    return {
        "programme": _("Financing Decent Work"),
        "facts": _("At a glance"),
        "weeks": _("Week by week"),
        "blocks": _("What you will be able to do"),
        "countries": _("Countries and seats"),
        "country": _("Country"),
        "seats": _("Seats"),
        "sides": _("Of which"),
        "description": _("What happens"),
        "team": _("Who leads"),
        "contact": _("Questions"),
        "page": _("The page of this clinic"),
        "more": _("More about what happens stands on the page of this clinic."),
        "qr": _("Square code that leads to %(url)s") % {"url": url},
    }


def facts_of(edition: Edition) -> list[list[str]]:
    """Return (label, text) of what one must know, in the active language. Pure."""
    dates = _("From %(first)s to %(last)s") % {"first": full_day(edition.starts_on), "last": full_day(edition.ends_on)}
    found = [
        [_("Dates"), f"{dates} ({shown.zone_label(edition)})"],
        [_("Time it takes"), hours(edition)],
        [_("How to come"), how_to_come(edition)],
        [_("Languages"), shown.language_names(edition.languages)],
    ]
    if edition.interpretation:
        found.append([_("Interpretation into"), shown.language_names(edition.interpretation)])
    return found


def hours(edition: Edition) -> str:
    """Return "about 6 hours a week" in the active language. Pure."""
    n = edition.hours_a_week
    return ngettext("about %(n)d hour a week", "about %(n)d hours a week", n) % {"n": n}


def how_to_come(edition: Edition) -> str:
    """Return how one comes to take part, with the deadline, in the active language. Pure but for the clock."""
    way = shown.way_in(edition)
    if way == "over":
        return _("This edition is over.")
    if not edition.is_open_call:
        return _("By invitation only.")
    until = " / ".join(shown.deadline(edition))
    if way == "open" or (way == "draft" and until):
        return _("Open call: apply until %(moment)s.") % {"moment": until}
    return _("The call is closed.")


def weeks_of(edition: Edition, language: str) -> list[dict]:
    """Return the weeks with their blocks, activities and sessions. Queries: those of `plan_of`."""
    cards = shown.week_cards(plan_of(edition, language), edition)
    return [
        {
            "name": _("Week %(number)d") % {"number": card.line.number},
            "lang": card.line.lang or language,
            "dates": f"{day(card.line.starts_on)} – {day(card.line.ends_on)}",
            "title": card.line.title,
            "lines": [
                *(
                    _("Block %(number)d: %(title)s") % {"number": block.number, "title": block.title}
                    for block in card.line.blocks
                ),
                *(activity.label for activity in card.line.activities),
            ],
            "sessions": [session_line(line, at) for line, at in card.sessions],
        }
        for card in cards
    ]


def session_line(line, at: shown.When) -> str:
    """Return a live session as one line, with its times. Pure."""
    utc = f" ({at.utc} UTC)" if at.utc else ""
    return f"{line.title} · {at.day}, {at.clock} {at.zone}{utc}"


def blocks_of(edition: Edition, language: str) -> list[dict]:
    """Return the blocks with their first objectives. Queries: 1."""
    return [
        {"lang": block.reading_language(language), "name": str(block), "objectives": block.objective_list[:MOST_OBJECTIVES]}
        for block in edition.blocks.all()
    ]


def sides_of(country: shown.Country) -> str:
    return " · ".join(_("%(side)s: %(n)d") % {"side": side, "n": n} for side, n in country.sides)


def paragraphs(edition: Edition, code: str) -> list[list[str]]:
    """Return (heading, text) of the plain texts, in a language. Pure."""
    return [
        [str(edition._meta.get_field(field).verbose_name).capitalize(), edition.text(field, code)]
        for field in ("cost", "equipment", "certificate_rules")
    ]


# What the page of a job says ----------------------------------------------------------------------
def title_of(job: Job) -> str:
    """Return what is being made, in the reader's language."""
    language = dict(settings.LANGUAGES)[job.args["language"]]
    return _("%(title)s: the note (PDF, %(language)s)") % {"title": job.args["title"], "language": language}


def edition_page(job: Job) -> str:
    return reverse("clinics:edition_detail", args=[job.args["slug"]])


NOTE_PDF = jobs.Kind(run=make_note, title=title_of, back=edition_page)
