"""The letter that asks a delegate's employer to release her from duty: one page, in the language she chooses, as PDF."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinics.enums import Act, TeamRole
from clinics.models import Delegate, Session
from clinics.services.editions import require
from core import countries, jobs, pdf
from core.errors import DomainError
from core.models import Job
from core.time import clock, day, zone_name
from courses.pdf import content_key
from reminders.inbound.addresses import general_address

KIND = "clinics.employer_letter"


def ask_employer_letter(*, delegate: Delegate, language: str) -> Job:
    """Ask for the letter; one that says the same and is kept still is returned at once.

    Raises: DomainError "gone" for whoever does not take part any more, "state". Queries: 6 to 9.
    """
    refuse_left(delegate)
    require(delegate.edition, Act.SHOW)
    subject = f"{delegate.pk}.{language}.{content_key(document(delegate, language))}"
    args = {"delegate": delegate.pk, "language": language, "slug": delegate.edition.slug}
    return jobs.ask(kind=KIND, owner=delegate.user, subject=subject, args=args, reuse=True)


def refuse_left(delegate: Delegate) -> None:
    if delegate.left_at or delegate.user_id is None:
        raise DomainError(_("This person does not take part any more."), code="gone")


def make_employer_letter(running: jobs.Running) -> None:
    """Lay the letter out. Raises: DomainError "gone", or when a letter of a name cannot be printed."""
    args = running.job.args
    rows = Delegate.objects.active().select_related("edition", "delegation", "user")
    delegate = rows.filter(pk=args["delegate"]).first()
    if delegate is None:
        raise DomainError(_("This person does not take part any more."), code="gone")
    content = document(delegate, args["language"])
    with translation.override(args["language"]):
        content["dated"] = day(timezone.now())
    running.attach(pdf.render("employer_letter", content), f"{delegate.edition.slug}-{args['language']}.pdf", pdf.MIME)


def document(delegate: Delegate, language: str) -> dict:
    """Return the letter in a language as the template wants it, without the day on which it is made. Queries: 2."""
    edition, person = delegate.edition, delegate.user
    with translation.override(language), timezone.override(edition.zone):
        clinic = edition.text("title", edition.reading_language(language))
        zones = Zones(edition.zone, person.zone)
        sessions = [zones.line(session, language) for session in edition.sessions.all()]
        return {
            "lang": language,
            "title": _("Release from duty for %(name)s") % {"name": person.name},
            "author": _("Financing Decent Work"),
            "keywords": [clinic],
            "to": list(
                filter(None, [person.organisation or _("To the employer"), countries.name(delegate.delegation.country)])
            ),
            "paragraphs": paragraphs(delegate, clinic),
            "facts": facts(delegate, clinic),
            "columns": zones.columns(sessions, edition.moment(edition.starts_on)),
            "sessions": [line[: 2 + len(zones.names)] for line in sessions],
            "closing": closing(),
            "signature": signature(edition),
            "labels": labels(),
        }


def paragraphs(delegate: Delegate, clinic: str) -> list[str]:
    """Return what the letter says before the dates, in the active language. Pure."""
    edition, person = delegate.edition, delegate.user
    words = {
        "name": person.name,
        "who": f"{person.name}, {person.position}" if person.position else person.name,
        "clinic": clinic,
        "country": delegate.delegation.name,
        "group": delegate.get_group_display(),
        "start": day(edition.starts_on),
        "end": day(edition.ends_on),
    }
    hours = {"hours": edition.hours_a_week}
    return [
        _("Dear Sir or Madam,"),
        _(
            "%(who)s has a seat in “%(clinic)s”, an online clinic of the programme Financing Decent Work, from %(start)s to "
            "%(end)s, as a member of the delegation of %(country)s (%(group)s)."
        )
        % words,
        ngettext(
            "We ask you to release %(name)s from other duties for about %(hours)d hour a week in this time, and for the live "
            "sessions below. A quiet place and a line to the internet are all it takes; a phone is enough.",
            "We ask you to release %(name)s from other duties for about %(hours)d hours a week in this time, and for the live "
            "sessions below. A quiet place and a line to the internet are all it takes; a phone is enough.",
            edition.hours_a_week,
        )
        % (words | hours),
        _("Taking part costs your organisation nothing: there is no fee and no travel."),
    ]


def facts(delegate: Delegate, clinic: str) -> list[list[str]]:
    """Return what is to be looked up: (label, words), in the active language. Pure."""
    edition = delegate.edition
    dates = {"start": day(edition.starts_on), "end": day(edition.ends_on)}
    hours = ngettext("about %(n)d hour a week", "about %(n)d hours a week", edition.hours_a_week) % {"n": edition.hours_a_week}
    return [
        [_("Clinic"), clinic],
        [_("Dates"), _("%(start)s to %(end)s") % dates],
        [_("Time"), hours],
    ]


def closing() -> str:
    """Return the last words, in the active language. Pure."""
    return _("We thank you for making this possible. What is learned serves the plans and budgets of your country.")


def signature(edition) -> list[str]:
    """Return who signs, and where to ask back: the activity manager, else the programme team. Queries: 1."""
    manager = edition.team.filter(role=TeamRole.MANAGER).select_related("user").first()
    who = [manager.shown_name, str(TeamRole.MANAGER.label)] if manager else [_("The programme team")]
    return [*who, _("Financing Decent Work"), general_address()]


def labels() -> dict:
    """Return the words that the template itself says, in the active language. Pure."""
    return {
        "programme": _("Financing Decent Work"),
        "sessions": _("Live sessions"),
        "none": _("The dates of the live sessions are announced on the portal: %(url)s") % {"url": settings.SITE_URL},
        "subject": _("Release from duty"),
    }


@dataclass(frozen=True)
class Zones:
    """The clocks by which live sessions are told: the edition's, and the person's where it shows another time."""

    of_edition: str
    of_person: str

    @property
    def names(self) -> list[str]:
        return [self.of_edition] if self.of_edition == self.of_person else [self.of_edition, self.of_person]

    def line(self, session: Session, language: str) -> list[str]:
        """Return a session as title, day, and its hours on each clock."""
        title = session.text("title", session.reading_language(language))
        return [title, day(session.starts_at), *(span(session, zone) for zone in self.names)]

    def columns(self, sessions: list[list[str]], first: datetime) -> list[str]:
        """Return the heads of the table, the zones named."""
        return [_("Session"), _("Day"), *(named(zone, first) for zone in self.names)] if sessions else []


def span(session: Session, zone: str) -> str:
    """Return "14:00–15:30" on the clock of a zone, with the day where it is another one there. Pure."""
    there = timezone.localtime(session.starts_at).date()
    with timezone.override(zone):
        hours = f"{clock(session.starts_at)}–{clock(session.ends_at)}"
        here = timezone.localtime(session.starts_at).date()
        return hours if here == there else f"{day(session.starts_at)}, {hours}"


def named(zone: str, first: datetime) -> str:
    """Return a zone as people call it. Pure."""
    with timezone.override(zone):
        return zone_name(first)


# What the page of the job says --------------------------------------------------------------------
def title_of(job: Job) -> str:
    """Return what is being made, in the reader's language."""
    return _("Letter for the employer (PDF, %(language)s)") % {"language": dict(settings.LANGUAGES)[job.args["language"]]}


def back_of(job: Job) -> str:
    return reverse("clinics:employer_letter", args=[job.args["slug"]])


JOB = jobs.Kind(run=make_employer_letter, title=title_of, back=back_of)
