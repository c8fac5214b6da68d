from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import translate_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import services
from accounts.forms import ConsentForm, ProfileForm
from core.errors import DomainError
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
