"""Questions, answers, and whether an answer helped."""

import re
import secrets
from itertools import groupby

from allauth.core.internal.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.access import get_readable
from core.errors import DomainError
from core.linked_data import breadcrumbs, faq_page
from core.pagecache import for_visitors
from core.preview import is_preview, previewable
from programme.models import FaqEntry
from programme.notes import notes_once
from programme.services.faq import vote

FORM = re.compile(r"[A-Za-z0-9_-]{8,40}")
FLOOD = {"faq": "120/h/ip"}  # more from one connection is no reader, and a whole office may have one


@login_not_required
@previewable
@require_safe
@for_visitors
def faq(request):
    """Every question with its answer, by topic."""
    entries = list(FaqEntry.objects.visible_to(request.user).select_related("topic"))
    put_answers(entries, get_language()[:2])
    topics = [(topic, list(rows)) for topic, rows in groupby(entries, lambda entry: entry.topic)]
    return render(request, "programme/faq.html", {"topics": topics, "linked": lambda: linked_faq(entries)})


@login_not_required
@previewable
@require_http_methods(["GET", "HEAD", "POST"])
def faq_entry(request, slug):
    """One answer alone; POST says whether it helped."""
    entry = get_readable(FaqEntry.objects.select_related("topic"), request.user, slug=slug)
    if request.method != "POST":
        return entry_page(request, entry)
    form, said, remark = (request.POST.get(name, "") for name in ("once", "helpful", "remark"))
    if not FORM.fullmatch(form) or said not in ("yes", "no"):
        raise BadRequest("once or helpful")
    if not consume(request, app="programme", action="faq", config=FLOOD):
        words = _("Very many answers came from this connection. Please wait an hour.")
        return entry_page(request, entry, form=form, remark=remark, refusal=DomainError(words, code="flood"), status=429)
    try:
        vote(
            entry=entry,
            language=entry.reading_language(),
            helpful=said == "yes",
            remark=remark,
            browser=browser_mark(request),
            form=form,
        )
    except DomainError as refusal:
        return entry_page(request, entry, form=form, remark=remark, refusal=refusal)
    messages.success(request, _("Thank you. The programme team reads this to make the answers better."))
    return redirect(entry)


def entry_page(
    request, entry: FaqEntry, *, form: str = "", remark: str = "", refusal: DomainError | None = None, status: int = 400
):
    """Render an answer with its form. Args: form, remark, refusal: of a form that was refused; then with `status`."""
    language = get_language()[:2]
    others = FaqEntry.objects.visible_to(request.user).filter(topic=entry.topic).exclude(pk=entry.pk)
    put_answers([entry], language)
    context = {
        "entry": entry,
        "is_draft": entry.is_draft and not is_preview(request),
        "others": others,
        "once": form or secrets.token_urlsafe(9),
        "remark": remark,
        "refusal": refusal,
        "linked": lambda: linked_entry(entry),
    }
    return render(request, "programme/faq_entry.html", context, status=status if refusal else 200)


def browser_mark(request) -> str:
    """Return a mark of this browser that says nothing of the person: the secret of its forms, made unreadable."""
    get_token(request)
    return salted_hmac("programme.faq", request.META["CSRF_COOKIE"]).hexdigest()[:16]


def put_answers(entries: list[FaqEntry], language: str) -> None:
    """Give each entry its `html`: each glossary note stands once, after the answer that first uses its term. Queries: 1."""
    texts = [entry.text("answer_html", entry.reading_language(language)) for entry in entries]
    for entry, html in zip(entries, notes_once(texts, language), strict=True):
        entry.html = html


def linked_faq(entries: list[FaqEntry]) -> dict:
    """Return the questions for search engines. Pure but for addresses."""
    shown = [(entry.text("question", code), entry.text("answer_html", code)) for entry, code in _shown(entries)]
    return faq_page(path=reverse("programme:faq"), language=get_language()[:2], questions=shown)


def _shown(entries: list[FaqEntry]) -> list[tuple[FaqEntry, str]]:
    return [(entry, entry.reading_language()) for entry in entries]


def linked_entry(entry: FaqEntry) -> dict:
    """Return the way to an answer. Pure but for addresses."""
    question = entry.text("question", entry.reading_language())
    return breadcrumbs((_("Questions and answers"), reverse("programme:faq")), (question, entry.get_absolute_url()))
