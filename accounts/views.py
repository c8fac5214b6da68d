from allauth.account.decorators import reauthentication_required
from allauth.account.utils import perform_login
from allauth.core.internal.ratelimit import consume
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import looking, services
from accounts.forms import ConsentForm, ErasureForm, ProfileForm
from accounts.models import User
from accounts.services.export import KIND as EXPORT
from core.errors import DomainError
from core.models import Job
from core.pagecache import for_visitors


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request):
    """A person's own profile; times and letters follow it at once."""
    before = request.user.language
    form = ProfileForm(request.POST or None, request.FILES or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            form.instance.zone_confirmed = True
            services.save_profile(user=form.instance, upload=form.cleaned_data["upload"])
        except DomainError as refusal:
            form.add_error("upload", refusal.message)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            language = form.instance.language
            with override(language):
                messages.success(request, _("Your profile is saved."))
            here = request.path
            return redirect(translate_url(here, language) if language != before else here)
    if form.errors:
        request.user.refresh_from_db()
    return render(request, "accounts/profile.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request):
    """Ask for agreement to the present version of the privacy notice."""
    form = ConsentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.give_consent(user=request.user, language=get_language()[:2])
        following = request.POST.get("next", "")
        safe = url_has_allowed_host_and_scheme(following, {request.get_host()})
        return redirect(following if safe else settings.LOGIN_REDIRECT_URL)
    context = {"form": form, "next": request.GET.get("next", "")}
    return render(request, "accounts/consent.html", context, status=400 if form.errors else 200)


@login_not_required
@require_safe
@for_visitors
def privacy(request):
    """What the portal keeps about a person, why, for how long, and who sees it."""
    return render(request, "accounts/privacy.html", {"version": settings.CONSENT_VERSION})


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(allow_get=True)
def data(request):
    """What is kept about a person; POST asks for all of it. Prepared data waits seven days."""
    if request.method == "POST":
        return redirect(services.ask_export(user=request.user))
    prepared = list(Job.objects.visible_to(request.user).filter(kind=EXPORT).select_related("file")[:20])
    return render(request, "accounts/data.html", {"prepared": prepared})


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(allow_get=True)
def erase(request):
    """Say what goes and what stays; POST closes the account at once and asks a worker to erase the person."""
    form = ErasureForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            services.ask_erasure(user=request.user, actor=request.user)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            logout(request)
            return redirect("accounts:erased")
    return render(request, "accounts/erase.html", {"form": form}, status=400 if form.errors else 200)


@login_not_required
@require_safe
@for_visitors
def erased(request):
    """Say goodbye: what happens now, and that one letter follows."""
    return render(request, "accounts/erased.html")


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request, token):
    """A one-time link: a page with one button, for mail and chat programs open links too. POST signs in."""
    if consume(request, app="allauth.account", action="sign_in_link") is None:
        return render(request, "429.html", status=429)
    link = services.find_link(token)
    if link is None:
        raise Http404("no such link")
    over = link.over
    if request.method == "POST" and not over:
        try:
            person = services.use_link(link=link)
        except DomainError as refusal:
            over = refusal.message
        else:
            return signed_in(request, person)
    with timezone.override(link.user.zone):
        return render(request, "accounts/sign_in_link.html", {"link": link, "over": over}, status=410 if over else 200)


def signed_in(request, person):
    """Sign a person in as every other way does: a second factor is asked for, the session is listed."""
    if request.user.is_authenticated:
        logout(request)
    with override(person.language):
        home = reverse("home")
    return perform_login(request, person, email_verification="none", redirect_url=home)


@require_POST
def looking_stop(request):
    """Stop looking at the portal as another person, and go back to that person's page in the administration."""
    pk = looking.forget(request)
    if pk is None:
        return redirect("home")
    person = get_object_or_404(User, pk=pk)
    services.stop_looking(actor=request.user, person=person)
    return redirect("admin:accounts_user_change", pk)
