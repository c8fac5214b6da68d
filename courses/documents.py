"""Background work of courses: a module and a statement of completion as PDF."""

import io

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import jobs, pdf
from core.audiences import PUBLIC
from core.errors import DomainError
from core.models import Job
from core.time import day
from courses.models import Module, Statement
from courses.pdf import content_key, dated, document

MODULE, STATEMENT = "courses.module_pdf", "courses.statement_pdf"


# A module -----------------------------------------------------------------------------------------
def ask_module_pdf(*, user, module: Module, language: str) -> Job:
    """Ask for a module as PDF; one of the same content that is kept already is returned at once.

    A public module's belongs to nobody, so that the next reader finds it; another's to the person. Queries: 10 to 14.
    """
    owner = None if module.audience == PUBLIC and module.state == "published" else user
    subject = f"{module.pk}.{language}.{content_key(document(module, language))}"
    args = {"module": module.pk, "title": module.text("title", module.reading_language(language)), "language": language}
    return jobs.ask(kind=MODULE, owner=owner, subject=subject, args=args | {"slug": module.slug}, reuse=True)


def make_module_pdf(running: jobs.Running) -> None:
    """Lay a module out. Raises: DomainError "gone" when it is no more."""
    args = running.job.args
    module = Module.objects.select_related("theme").filter(pk=args["module"]).first()
    if module is None:
        raise DomainError(_("This module is no more."), code="gone")
    content = dated(document(module, args["language"]))
    running.attach(pdf.render("module", content), f"{module.slug}-{args['language']}.pdf", pdf.MIME)


# A statement --------------------------------------------------------------------------------------
def verify_url(statement: Statement, language: str) -> str:
    """Return the full address at which anybody verifies a statement."""
    with translation.override(language):
        return settings.SITE_URL + reverse("courses:statement_detail", args=[statement.number])


def ask_statement_pdf(*, user, statement: Statement, language: str) -> Job:
    """Ask for a statement as PDF in a language. Raises: DomainError "withdrawn". Queries: 1 to 5."""
    refuse_withdrawn(statement)
    args = {"statement": statement.pk, "title": statement.title(language), "language": language}
    return jobs.ask(kind=STATEMENT, owner=user, subject=f"{statement.number}.{language}", args=args, reuse=True)


def refuse_withdrawn(statement: Statement) -> None:
    if statement.withdrawn_at:
        raise DomainError(_("This statement was withdrawn."), code="withdrawn")


def make_statement_pdf(running: jobs.Running) -> None:
    """Lay a statement out. Raises: DomainError "withdrawn", or when a letter of the name cannot be printed."""
    args = running.job.args
    statement = Statement.objects.get(pk=args["statement"])
    refuse_withdrawn(statement)
    content = statement_document(statement, args["language"])
    body = pdf.render("statement", content, at=statement.issued_at)
    running.attach(body, f"{statement.number}-{args['language']}.pdf", pdf.MIME)


def statement_document(statement: Statement, language: str) -> dict:
    """Return a statement in a language as the template wants it."""
    url = verify_url(statement, language)
    with translation.override(language), timezone.override(settings.PROGRAMME_ZONE):
        facts = [
            [_("Completed on"), day(statement.completed_on)],
            [_("Learning time"), statement.learning_time],
            [_("Issued on"), day(statement.issued_at)],
        ]
        if statement.score is not None:
            facts.insert(2, [_("Best result in a check"), _("%(score)d %%") % {"score": statement.score}])
        return {
            "lang": language,
            "title": _("Statement of completion: %(title)s") % {"title": statement.title(language)},
            "author": _("Financing Decent Work"),
            "keywords": [statement.number],
            "name": statement.name,
            "module": statement.title(language),
            "facts": facts,
            "number": statement.number,
            "url": url,
            "qr": qr(url),
            "labels": {
                "programme": _("Financing Decent Work"),
                "heading": _("Statement of completion"),
                "states": _("This states that"),
                "completed": _("has completed the module"),
                "verify": _("Whoever holds this number can verify the statement:"),
                "qr": _("Square code that leads to %(url)s") % {"url": url},
                "note": _(
                    "It states that the person named completed the units that count in this module and passed its "
                    "knowledge checks on the portal, on her or his own. Nobody watched over the answers; it is neither "
                    "a diploma nor a professional qualification, and gives no right to a post or a grade."
                ),
            },
        }


def qr(address: str) -> str:
    """Return a square code of an address as SVG."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", xmldecl=False, border=0, dark="#1B2440")
    return out.getvalue().decode()


# What the page of a job says ----------------------------------------------------------------------
def title_of(job: Job) -> str:
    """Return what is being made, in the reader's language."""
    facts = {"title": job.args["title"], "language": dict(settings.LANGUAGES)[job.args["language"]]}
    if job.kind == STATEMENT:
        return _("Statement of completion: %(title)s (PDF, %(language)s)") % facts
    return _("%(title)s (PDF, %(language)s)") % facts


def module_page(job: Job) -> str:
    return reverse("courses:module_detail", args=[job.args["slug"]])


def statements_page(job: Job) -> str:
    return reverse("courses:statement_list")


MODULE_PDF = jobs.Kind(run=make_module_pdf, title=title_of, back=module_page)
STATEMENT_PDF = jobs.Kind(run=make_statement_pdf, title=title_of, back=statements_page)
