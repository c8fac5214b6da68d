"""The newsletter: its issues on the web, asking for it, confirming, ending."""

from allauth.core.internal.ratelimit import consume
from django.contrib.auth.decorators import login_not_required
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from core.access import get_readable
from core.linked_data import article, breadcrumbs
from core.pagecache import for_visitors
from core.paging import Page, keyset
from core.preview import is_preview, previewable
from core.richtext import terms_in, with_notes
from core.translations import LANGUAGES
from programme.forms.newsletter import SubscribeForm
from programme.models import Newsletter, Subscription
from programme.notes import note_renderer
from programme.services import newsletter as services

FLOOD = {"newsletter": "20/h/ip"}
SIZE = 12  # issues of one page
LONG = [*(f"{name}_{code}" for name in ("body", "body_html") for code in LANGUAGES), "body", "body_html"]


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def newsletter(request):
    """What it is, its past issues, and the form. What it answers is the same whether an address is known or not."""
    data = request.POST if request.method == "POST" else None
    form, status = SubscribeForm(data, user=request.user, language=get_language()[:2]), 200
    if data is not None and form.is_valid():
        if consume(request, app="programme", action="newsletter", config=FLOOD):
            if not form.is_trapped:
                ask(request, form)
            return redirect(f"{reverse('programme:newsletter')}?asked=1")
        form.add_error(None, _("Very many requests came from this connection. Please wait an hour, and send it again."))
        status = 429
    elif form.errors:
        status = 400
    page = past_issues(request)
    context = {"form": form, "page": page, "is_asked": request.GET.get("asked") == "1" and data is None}
    return render(request, "programme/newsletter.html", context, status=status)


def ask(request, form: SubscribeForm) -> None:
    """Send the letter that a form asks for."""
    services.ask_for_newsletter(
        email=form.cleaned_data["email"],
        language=form.cleaned_data["language"],
        user=request.user if request.user.is_authenticated else None,
        client_id=form.client_id,
    )


def past_issues(request) -> Page:
    """Return a page of the issues that this person may read, newest first, without their texts. Queries: 1."""
    language = get_language()[:2]
    whole = ExpressionWrapper(Q(**{f"title_{language}__gt": "", f"body_{language}__gt": ""}), output_field=BooleanField())
    rows = Newsletter.objects.visible_to(request.user).defer(*LONG).annotate(is_whole=whole).order_by("-pk")
    page = keyset(rows, request.GET.get("before"), size=SIZE)
    for issue in page.rows:
        issue.shown_in = {language: language if issue.is_whole else issue.source_language}
    return page


@login_not_required
@previewable
@require_safe
@for_visitors
def newsletter_detail(request, slug):
    """One issue on the web, with the glossary's notes."""
    issue = get_readable(Newsletter.objects, request.user, slug=slug)
    language = get_language()[:2]
    shown = issue.reading_language(language)
    html = issue.text("body_html", shown)
    context = {
        "issue": issue,
        "is_draft": issue.is_draft and not is_preview(request),
        "html": with_notes(html, note_renderer(terms_in(html), language)),
        "linked": lambda: linked_issue(issue, shown),
    }
    return render(request, "programme/newsletter_detail.html", context)


def linked_issue(issue: Newsletter, shown: str) -> list[dict]:
    """Return an issue for search engines, and the way to it. Pure but for addresses."""
    title, path = issue.text("title", shown), issue.get_absolute_url()
    told = article(headline=title, path=path, language=shown, published=issue.published_at, modified=issue.changed_at)
    return [told, breadcrumbs((_("Newsletter"), reverse("programme:newsletter")), (title, path))]


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def newsletter_confirm(request, key):
    """The button by which whoever reads at an address confirms it, in the language of the page."""
    row, language = Subscription.objects.filter(confirm_key=key).first(), get_language()[:2]
    if row and request.method == "POST":
        services.confirm(subscription=row, language=language)
        return redirect("programme:newsletter_confirm", key)
    is_done = bool(row and row.is_confirmed and row.language == language)
    context = {"subscription": row, "is_done": is_done}
    return render(request, "programme/newsletter_confirm.html", context, status=200 if row else 404)


@csrf_exempt  # mail programs send one POST from their "unsubscribe" button (RFC 8058); the key is the secret
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def newsletter_end(request, key):
    """The button that ends a subscription; the answer to its POST says so at once, as machines follow no redirect."""
    row = Subscription.objects.filter(key=key).first()
    if row and request.method == "POST":
        services.end(subscription=row)
        row.refresh_from_db()
    return render(request, "programme/newsletter_end.html", {"subscription": row}, status=200 if row else 404)
