"""The form that asks for the newsletter."""

from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.conf import settings
from django.core.signing import BadSignature
from django.utils.translation import gettext_lazy as _

from accounts.forms import plain_helper
from programme.forms.mailbox import AGAIN, Stamp


class SubscribeForm(forms.Form):
    """An address and a language; what a machine fills, and how quickly, is noticed."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": _("This is not an e-mail address. It looks like name@example.org.")},
    )
    language = forms.ChoiceField(label=_("Language of the newsletter"), choices=settings.LANGUAGES)
    homepage = forms.CharField(label=_("Leave this empty"), required=False, max_length=5000)
    stamp = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)

    def __init__(self, *args, user, language: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.client_id = ""
        self.fields["language"].initial = language
        self.fields["stamp"].initial = Stamp.new
        if user.is_authenticated:
            self.fields["email"].initial = user.email
        trap = Field("homepage", tabindex="-1", autocomplete="off")
        self.helper = plain_helper()
        self.helper.layout = Layout("email", "language", "stamp", Div(trap, css_class="visually-hidden", aria_hidden="true"))

    def clean(self):
        found = super().clean()
        try:
            self.client_id, is_quick = Stamp.read(found.get("stamp", ""))
        except BadSignature:
            self.ask_again(_("This page had been open for more than a day. Please send it once more."))
        else:
            if is_quick:
                self.ask_again(_("That was very quick. Please press the button once more, so that we know you are a person."))
        return found

    def ask_again(self, text) -> None:
        """Refuse once; the form that comes back is taken."""
        self.data = self.data.copy()
        self.data["stamp"] = Stamp.new(AGAIN)
        self.add_error(None, forms.ValidationError(text, code="again"))

    @property
    def is_trapped(self) -> bool:
        """Say whether a field was filled that people do not see."""
        return bool(self.cleaned_data["homepage"])
