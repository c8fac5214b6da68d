"""The page of one enquiry: the thread, the answer with its preview, notes, who answers and by when. Mixed into its admin."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from core.errors import DomainError
from core.models import Event, StoredFile, object_key
from programme import suspicion
from programme.correspondence import REPLY, reply_facts
from programme.enums import EnquiryState
from programme.models import CannedAnswer, Enquiry
from programme.services import answering
from programme.services.mailbox import LONGEST, mailboxes, reader_of
from reminders.kinds import Kind
from reminders.models import Letter
from reminders.services import compose

SHOWN_EVENTS = 10
END_OF_DAY = dt.time(18)


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Internal note"),
        help_text=_("The writer never sees it."),
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
    )


class AssignForm(forms.Form):
    assignee = forms.ModelChoiceField(
        User.objects.filter(is_staff=True, is_active=True).order_by("name", "pk"),
        label=_("Assigned to"),
        required=False,
        empty_label=_("Nobody"),
        help_text=_("Whoever you choose gets a letter."),
    )


class DueForm(forms.Form):
    due = forms.DateField(
        label=_("Answer due"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "vTextField"})
    )

    def clean_due(self):
        """Return the end of that working day where this member of staff sits."""
        day = self.cleaned_data["due"]
        if not 2000 < day.year < 2200:
            raise ValidationError(_("Choose a day in these years."))
        return timezone.make_aware(dt.datetime.combine(day, END_OF_DAY))


class ForgetForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("It stays in the log. Name nobody."),
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
    )


class Draft:
    """An answer that is being written: its text, the files laid ready, and the newest message that its author saw."""

    def __init__(self, request, enquiry: Enquiry):
        self.enquiry, self.actor, self.data = enquiry, request.user, request.POST
        self.text = self.data.get("text", "").replace("\r\n", "\n")
        seen = self.data.get("seen", "")
        self.seen = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 19 else 0
        self.close = "close" in self.data
        self.upload = request.FILES.get("upload")

    def lay_files(self) -> None:
        """Take away and lay ready what the form says. Raises: DomainError."""
        facts = {"enquiry": self.enquiry, "actor": self.actor}
        keys = {str(stored.key) for stored in answering.laid_ready(**facts)} & set(self.data.getlist("take_away"))
        answering.take_away(**facts, keys=keys)
        if self.upload:
            answering.lay_ready(**facts, upload=self.upload)

    def use(self) -> None:
        """Add the chosen canned answer to the text."""
        code = self.data.get("canned", "")
        if canned := CannedAnswer.objects.filter(code=code).first():
            said = answering.fill_in(canned, self.enquiry)
            self.text = f"{self.text.rstrip()}\n\n{said}" if self.text.strip() else said

    def check(self) -> None:
        """Raises: DomainError, as the service would."""
        answering.check_answer(enquiry=self.enquiry, text=self.text, seen=self.seen)

    def mark(self, files) -> str:
        """Return what proves that just this was previewed: the words, the files, and after which message. Pure."""
        told = "\x1f".join([str(self.actor.pk), str(self.enquiry.pk), str(self.seen), self.text, *(str(f.key) for f in files)])
        return salted_hmac("programme.preview", told).hexdigest()


def letter_of(enquiry: Enquiry, text: str, author) -> Letter:
    """Return the letter of an answer as it would go out now, unsaved."""
    about = {"target": object_key(enquiry), "channel": "mail"}
    letter = Letter(kind=REPLY, due_at=timezone.now(), **about, **reader_of(enquiry))
    compose(letter, Kind(code=REPLY, context=lambda letter: reply_facts(enquiry, text, author)))
    return letter


class AnswerPages:
    """For the admin of enquiries, which says who may look and act."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<n:pk>/answer/", view(require_POST(self.answer)), name="programme_enquiry_answer"),
            path("<n:pk>/note/", view(require_POST(self.note)), name="programme_enquiry_note"),
            path("<n:pk>/assign/", view(require_POST(self.assign)), name="programme_enquiry_assign"),
            path("<n:pk>/due/", view(require_POST(self.change_due)), name="programme_enquiry_due"),
            path("<n:pk>/turn/", view(require_POST(self.turn)), name="programme_enquiry_turn"),
            path(
                "<n:pk>/forget/",
                view(require_http_methods(["GET", "HEAD", "POST"])(self.forget)),
                name="programme_enquiry_forget",
            ),
            *super().get_urls(),
        ]

    # Who may ------------------------------------------------------------------------------------
    def may_act(self, request) -> bool:
        """Say whether this member of staff may answer and change."""
        return request.user.has_perm("programme.change_enquiry")

    def asked(self, request, pk, *, to_act: bool = True) -> Enquiry:
        """Return an enquiry for somebody who may look at it, or act on it. Raises: Http404, PermissionDenied. Queries: 1."""
        if not self.has_view_permission(request) or (to_act and not self.may_act(request)):
            raise PermissionDenied
        found = Enquiry.objects.select_related("user", "assignee").with_waiting_since().filter(pk=str(pk)[:18]).first()
        if found is None:
            raise Http404
        return found

    # The page -----------------------------------------------------------------------------------
    def change_view(self, request, object_id, form_url="", extra_context=None):
        if not object_id.isdecimal():
            raise Http404(object_id)
        return self.conversation(request, self.asked(request, object_id, to_act=False))

    def conversation(self, request, enquiry: Enquiry, *, draft: Draft | None = None, refusal=None, status: int = 200, **bound):
        """Return the page of an enquiry. Queries: 10, however long it is."""
        files = Prefetch("attachments", StoredFile.objects.order_by("pk"))
        said = list(enquiry.messages.select_related("author", "enquiry").prefetch_related(files))
        newest = max((message.pk for message in said if not message.is_note), default=0)
        may_act = self.may_act(request)
        due = timezone.localtime(enquiry.due_at).date()
        forms_shown = {
            "note_form": NoteForm(),
            "assign_form": AssignForm(initial={"assignee": enquiry.assignee}),
            "due_form": DueForm(initial={"due": due}),
        }
        context = {
            **self.admin_site.each_context(request),
            "title": enquiry.subject,
            "opts": self.opts,
            "enquiry": enquiry,
            "box": dict(mailboxes(request.user)).get(enquiry.mailbox, enquiry.mailbox),
            "held_because": suspicion.in_words(enquiry.suspicion),
            "said": said,
            "newest": newest,
            "text": draft.text if draft else "",
            "close": draft.close if draft else False,
            "refusal": refusal,
            "ready": list(answering.laid_ready(enquiry=enquiry, actor=request.user)) if may_act else [],
            "canned": list(CannedAnswer.objects.all()) if may_act else [],
            "longest": LONGEST,
            "may_act": may_act,
            "may_forget": request.user.has_perm("programme.delete_enquiry"),
            "acts": acts_for(enquiry) if may_act else [],
            "events": list(Event.objects.about(enquiry).select_related("actor")[:SHOWN_EVENTS]),
            "all_url": f"{reverse('admin:core_event_changelist')}?q={object_key(enquiry)}",
            **forms_shown,
            **bound,
        }
        return TemplateResponse(request, "admin/programme/enquiry/conversation.html", context, status=status)

    def back(self, request, enquiry: Enquiry, text):
        messages.success(request, text)
        return redirect("admin:programme_enquiry_change", enquiry.pk)

    # Answering ----------------------------------------------------------------------------------
    def answer(self, request, pk):
        """One step of an answer: use a canned one, attach, look at the letter, write on, send."""
        enquiry = self.asked(request, pk)
        draft = Draft(request, enquiry)
        step = request.POST.get("step", "")
        try:
            draft.lay_files()
            if step in ("preview", "send"):
                draft.check()
                return self.preview_or_send(request, draft, step)
        except DomainError as refusal:
            return self.conversation(request, enquiry, draft=draft, refusal=refusal, status=400)
        if step == "use":
            draft.use()
        return self.conversation(request, enquiry, draft=draft)

    def preview_or_send(self, request, draft: Draft, step: str):
        """Send only what was shown just so before; otherwise show the letter."""
        enquiry, files = draft.enquiry, list(answering.laid_ready(enquiry=draft.enquiry, actor=request.user))
        mark = draft.mark(files)
        if step == "send" and request.POST.get("previewed") == mark:
            answering.reply(enquiry=enquiry, actor=request.user, text=draft.text, seen=draft.seen, close=draft.close)
            self.log_change(request, enquiry, [{"changed": {"fields": ["state"]}}])
            return self.back(request, enquiry, _("Your answer is on its way to %(email)s.") % {"email": enquiry.email})
        context = {
            **self.admin_site.each_context(request),
            "title": _("Look at the letter before it goes"),
            "opts": self.opts,
            "enquiry": enquiry,
            "letter": letter_of(enquiry, draft.text.strip(), request.user),
            "draft": draft,
            "files": files,
            "mark": mark,
            "changed": step == "send",
        }
        return TemplateResponse(request, "admin/programme/enquiry/preview.html", context)

    # Beside the answer --------------------------------------------------------------------------
    def note(self, request, pk):
        """Keep an internal note."""
        enquiry, form = self.asked(request, pk), NoteForm(request.POST)
        if form.is_valid():
            try:
                answering.note(enquiry=enquiry, actor=request.user, text=form.cleaned_data["note"])
            except DomainError as refusal:
                form.add_error("note", refusal.message)
            else:
                return self.back(request, enquiry, _("The note is kept."))
        return self.conversation(request, enquiry, status=400, note_form=form)

    def assign(self, request, pk):
        """Give it to a member of the team, take it, or give it to nobody."""
        enquiry = self.asked(request, pk)
        data = {"assignee": request.user.pk} if "mine" in request.POST else request.POST
        form = AssignForm(data)
        if form.is_valid():
            assignee = form.cleaned_data["assignee"]
            answering.assign(enquiry=enquiry, actor=request.user, assignee=assignee)
            text = _("Assigned to %(name)s.") % {"name": assignee} if assignee else _("Assigned to nobody.")
            return self.back(request, enquiry, text)
        return self.conversation(request, enquiry, status=400, assign_form=form)

    def change_due(self, request, pk):
        """Change by when an answer is due."""
        enquiry, form = self.asked(request, pk), DueForm(request.POST)
        if form.is_valid():
            answering.set_due(enquiry=enquiry, actor=request.user, due_at=form.cleaned_data["due"])
            return self.back(request, enquiry, _("The day is changed."))
        return self.conversation(request, enquiry, status=400, due_form=form)

    def turn(self, request, pk):
        """Close, reopen, hold as spam, or release."""
        enquiry = self.asked(request, pk)
        act = {name: (service, done) for name, _label, service, done in TURNS}.get(request.POST.get("act"))
        if act is None:
            return redirect("admin:programme_enquiry_change", enquiry.pk)
        service, done = act
        service(enquiry=enquiry, actor=request.user)
        return self.back(request, enquiry, done)

    def forget(self, request, pk):
        """Delete a conversation whose writer asks for it, with a reason."""
        enquiry = self.asked(request, pk, to_act=False)
        if not request.user.has_perm("programme.delete_enquiry"):
            raise PermissionDenied
        form = ForgetForm(request.POST if request.method == "POST" else None)
        if form.is_bound and form.is_valid():
            answering.forget_enquiry(enquiry=enquiry, actor=request.user, reason=form.cleaned_data["reason"])
            messages.success(request, _("The conversation is deleted."))
            return redirect("admin:programme_enquiry_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Delete this conversation"),
            "opts": self.opts,
            "enquiry": enquiry,
            "form": form,
        }
        status = 400 if form.errors else 200
        return TemplateResponse(request, "admin/programme/enquiry/forget.html", context, status=status)


TURNS = [
    ("release", _("Release: it is no spam"), answering.release, _("It waits for an answer now, and its writer was told.")),
    ("close", _("Close without an answer"), answering.close, _("The conversation is closed.")),
    ("reopen", _("Reopen"), answering.reopen, _("The conversation waits for an answer again.")),
    ("hold", _("Hold as spam"), answering.hold, _("It is held as spam; its page is gone for the writer.")),
]


def acts_for(enquiry: Enquiry) -> list[tuple[str, str]]:
    """Return the acts that fit the state of an enquiry, as (name, label). Pure."""
    fitting = {
        EnquiryState.SPAM: {"release"},
        EnquiryState.CLOSED: {"reopen", "hold"},
        EnquiryState.WAITING: {"close", "reopen", "hold"},
    }.get(enquiry.state, {"close", "hold"})
    return [(name, label) for name, label, _service, _done in TURNS if name in fitting]
