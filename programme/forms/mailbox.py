"""The contact form, and the form of a conversation."""

import uuid

from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.core.signing import BadSignature, TimestampSigner
from django.utils.translation import gettext_lazy as _

from accounts.forms import plain_helper
from core.text import clean
from programme.services.mailbox import LONGEST, PROGRAMME, mailboxes, one_line
from programme.suspicion import QUICKEST

DAY = 24 * 3600
AGAIN = "again"


class Stamp:
    """What a form carries unseen: its own id and when it was shown, signed. Pure."""

    signer = TimestampSigner(salt="programme.contact")

    @classmethod
    def new(cls, mark: str = "") -> str:
        return cls.signer.sign(f"{uuid.uuid4().hex}{mark}")

    @classmethod
    def read(cls, stamp: str) -> tuple[str, bool]:
        """Return (id of the form, whether it was sent faster than a person writes). Raises BadSignature when over a day old."""
        own = cls.signer.unsign(stamp, max_age=DAY)
        if own.endswith(AGAIN):
            return own, False
        try:
            cls.signer.unsign(stamp, max_age=QUICKEST)
        except BadSignature:  # older than that
            return own, False
        return own, True


class Said(forms.CharField):
    """A text of people: line ends as they are stored, counted as browsers count."""

    widget = forms.Textarea

    def __init__(self, **kwargs):
        super().__init__(strip=False, **kwargs)

    def to_python(self, value):
        return clean(super().to_python(value).replace("\r\n", "\n"))

    def validate(self, value):
        super().validate(value)
        if len(value) > LONGEST:
            text = _(
                "A message has at most %(most)d characters; yours has %(count)d. Please shorten it: nothing of it is lost."
            )
            raise forms.ValidationError(text, code="long", params={"most": LONGEST, "count": len(value)})


def refuse_lines(value: str) -> str:
    """Return a text of one line. Raises ValidationError: a second line would be a header of its own in a mail."""
    if len(value.splitlines()) > 1:
        raise forms.ValidationError(_("Write this on one line."), code="lines")
    if not one_line(value):
        raise forms.ValidationError(forms.Field.default_error_messages["required"], code="required")
    return value


class EnquiryForm(forms.Form):
    """Name, address, subject and text; whoever is signed in writes from the address of her account."""

    to = forms.ChoiceField(label=_("To"))
    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"})
    )
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("The answer comes to this address."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("This is not an e-mail address. It looks like name@example.org.")},
    )
    subject = forms.CharField(label=_("Subject"), max_length=200, widget=forms.TextInput(attrs={"dir": "auto"}))
    text = Said(
        label=_("Your message"),
        help_text=_("At most %(most)s characters.") % {"most": f"{LONGEST:,}".replace(",", "\u00a0")},
        widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"}),
    )
    homepage = forms.CharField(label=_("Leave this empty"), required=False, max_length=5000)
    stamp = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args, user, to: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.client_id, self.is_quick = "", False
        choices = mailboxes(user)
        self.fields["to"].choices = choices
        self.fields["to"].initial = to if to in dict(choices) else PROGRAMME
        if len(choices) == 1:
            del self.fields["to"]
        self.fields["stamp"].initial = Stamp.new
        if user.is_authenticated:
            self.fields["name"].initial = user.name
            self.fields["email"].initial, self.fields["email"].disabled = user.email, True
            self.fields["email"].help_text = _("The address of your account. The answer also stands in your inbox.")
        trap = Field("homepage", tabindex="-1", autocomplete="off")
        shown = [name for name in self.fields if name != "homepage"]
        self.helper = plain_helper()
        self.helper.layout = Layout(*shown, Div(trap, css_class="visually-hidden", aria_hidden="true"))

    def clean_name(self):
        return refuse_lines(self.cleaned_data["name"])

    def clean_subject(self):
        return refuse_lines(self.cleaned_data["subject"])

    def clean(self):
        found = super().clean()
        try:
            self.client_id, self.is_quick = Stamp.read(found.get("stamp", ""))
        except BadSignature:
            self.data = self.data.copy()
            self.data["stamp"] = Stamp.new(AGAIN)
            text = _("This page had been open for more than a day. What you wrote is kept: please send it once more.")
            self.add_error(None, forms.ValidationError(text, code="stale"))
        return found

    @property
    def signs(self) -> list[str]:
        """Return what the form noticed, as keys of suspicion.REASONS."""
        return [*(["trap"] if self.cleaned_data["homepage"] else []), *(["quick"] if self.is_quick else [])]

    def facts(self) -> dict:
        """Return what was written, as the service takes it."""
        facts = {name: self.cleaned_data[name] for name in ("name", "email", "subject", "text")}
        return facts | {"mailbox": self.cleaned_data.get("to", PROGRAMME)}


class WriteOnForm(forms.Form):
    """One more message in a conversation."""

    text = Said(label=_("Your message"), widget=forms.Textarea(attrs={"rows": 7, "dir": "auto"}))
    client_id = forms.RegexField(r"^[0-9a-f]{32}$", required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["client_id"].initial = lambda: uuid.uuid4().hex
        self.helper = plain_helper()
