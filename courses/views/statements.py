"""Statements of completion: a learner's own, and the public page that verifies one."""

from allauth.core.internal.ratelimit import consume, respond_429
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from courses.documents import ask_statement_pdf
from courses.models import Statement
from courses.services.statements import issue_statement, read_number
from courses.views.found import get_module

VERIFY_RATE = {"verify": "60/m/ip"}  # against guessing; a number has 80 random bits besides


@require_safe
def statement_list(request):
    """This person's statements, newest first, withdrawn ones too."""
    statements = list(Statement.objects.visible_to(request.user))
    for statement in statements:
        statement.shown_title = statement.title(get_language())
    return render(request, "courses/statement_list.html", {"statements": statements})


@require_POST
def statement_issue(request, module):
    """Issue the statement of a module that this person has completed, and make it in her language."""
    module = get_module(request.user, module)
    try:
        statement = issue_statement(user=request.user, module=module)
        return redirect(ask_statement_pdf(user=request.user, statement=statement, language=get_language()[:2]))
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(module)


@require_POST
def statement_pdf(request, number):
    """Make one of this person's statements as PDF, in the language of the page."""
    statement = get_object_or_404(Statement.objects.visible_to(request.user), number=number)
    try:
        return redirect(ask_statement_pdf(user=request.user, statement=statement, language=get_language()[:2]))
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("courses:statement_list")


@login_not_required
@require_safe
@never_cache
def statement_verify(request):
    """Ask for the number of a statement; what was typed leads to its page, or says that there is none."""
    typed = request.GET.get("number", "").strip()[:80]
    if not typed:
        return render(request, "courses/statement_verify.html", {"typed": "", "is_unknown": False})
    if not consume(request, app="courses", action="verify", config=VERIFY_RATE, limit_get=True):
        return respond_429(request)
    number = read_number(typed)
    if number and Statement.objects.filter(number=number).exists():
        return redirect("courses:statement_detail", number)
    return render(request, "courses/statement_verify.html", {"typed": typed, "is_unknown": True}, status=404)


@login_not_required
@require_safe
@never_cache
def statement_detail(request, number):
    """What a statement says, and whether it still stands: for whoever has its number. Queries: 1."""
    if not consume(request, app="courses", action="verify", config=VERIFY_RATE, limit_get=True):
        return respond_429(request)
    meant = read_number(number[:80])
    statement = Statement.objects.filter(number=meant).first() if meant else None
    if statement is None:
        return render(request, "courses/statement_verify.html", {"typed": number[:80], "is_unknown": True}, status=404)
    if meant != number:
        return redirect(statement)
    context = {"statement": statement, "title": statement.title(get_language())}
    return render(request, "courses/statement_detail.html", context)
