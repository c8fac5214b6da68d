"""The mailbox as its writers see it: the form, the thanks, a conversation, and a person's own conversations."""

from allauth.core.internal.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import DomainError
from core.models import StoredFile
from core.paging import keyset
from core.views import served
from programme.enums import MessageKind
from programme.forms.mailbox import EnquiryForm, WriteOnForm
from programme.models import Enquiry, Message
from programme.services.mailbox import WORKING_DAYS, write_enquiry, write_on

MANY = {"contact": "10/h/ip"}  # more from one connection is held
FLOOD = {"contact_flood": "60/h/ip"}  # more is refused, and stays in the form
SALT = "programme.thanks"
DAY = 24 * 3600
SIZE = 25


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def contact(request):
    """Write to the programme, or to whoever else takes mail from this person."""
    data = request.POST if request.method == "POST" else None
    form = EnquiryForm(data, user=request.user, to=request.GET.get("to", ""))
    status = 200
    if data is not None and form.is_valid():
        if consume(request, app="programme", action="contact_flood", config=FLOOD):
            return redirect(f"{reverse('programme:contact_thanks')}?of={signing.dumps(sent(request, form).pk, salt=SALT)}")
        form.add_error(None, _("Very many messages came from this connection. What you wrote is kept: please wait an hour."))
        status = 429
    elif form.errors:
        status = 400
    return render(request, "programme/contact.html", {"form": form, "days": WORKING_DAYS}, status=status)


def sent(request, form: EnquiryForm) -> Enquiry:
    """Take in what a form holds."""
    signs = form.signs
    if not consume(request, app="programme", action="contact", config=MANY):
        signs.append("connection")
    return write_enquiry(
        **form.facts(),
        user=request.user if request.user.is_authenticated else None,
        language=get_language()[:2],
        signs=signs,
        client_id=form.client_id,
    )


@login_not_required
@require_safe
@never_cache
def contact_thanks(request):
    """Thank the writer: the reference, and the address of the conversation. The same for what is held as spam."""
    try:
        pk = signing.loads(request.GET.get("of", ""), salt=SALT, max_age=DAY)
    except signing.BadSignature:
        return redirect("programme:contact")
    enquiry = Enquiry.objects.filter(pk=pk).first()
    if enquiry is None:
        return redirect("programme:contact")
    return render(request, "programme/contact_thanks.html", {"enquiry": enquiry, "days": WORKING_DAYS})


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def enquiry_detail(request, key):
    """One conversation, for whoever has its address; POST writes on."""
    enquiry = get_object_or_404(Enquiry.objects.opened_by_key().select_related("user"), key=key)
    form = WriteOnForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        user = request.user if request.user.is_authenticated else None
        try:
            write_on(enquiry=enquiry, user=user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, _("Your message is with the programme team."))
            return redirect(f"{enquiry.get_absolute_url()}#last")
    files = Prefetch("attachments", StoredFile.objects.order_by("pk"))
    said = enquiry.messages.exclude(kind=MessageKind.NOTE).select_related("author", "enquiry").prefetch_related(files)
    context = {"enquiry": enquiry, "said": list(said), "form": form, "days": WORKING_DAYS}
    return render(request, "programme/enquiry_detail.html", context, status=400 if form.errors else 200)


@login_not_required
@require_safe
@never_cache
def enquiry_file(request, key, file):
    """A file of a conversation, for whoever has the conversation's address; those of notes and of spam for staff alone."""
    team = request.user.is_staff and request.user.has_perm("programme.view_enquiry")
    rows = Message.objects.filter(enquiry__key=key)
    if not team:
        rows = rows.filter(enquiry__in=Enquiry.objects.opened_by_key()).exclude(kind=MessageKind.NOTE)
    stored = StoredFile.objects.filter(key=file, pk__in=rows.values("attachments")).first()
    if stored is None:
        raise Http404(file)
    return served(request, stored)


@require_safe
def enquiry_list(request):
    """The conversations that a signed-in person has begun, newest first."""
    page = keyset(Enquiry.objects.visible_to(request.user).order_by("-pk"), request.GET.get("before"), size=SIZE)
    return render(request, "programme/enquiry_list.html", {"page": page})
