"""What people type about their delegation: tasks, and why they leave."""

from crispy_forms.layout import Field, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import plain_helper
from clinics.models import DelegationTask


class TaskForm(forms.Form):
    """What is to be done, by whom, until when. Args: members: the delegates who take part."""

    title = forms.CharField(label=_("What is to be done"), max_length=DelegationTask._meta.get_field("title").max_length)
    owner = forms.ChoiceField(label=_("Who"), required=False)
    due_on = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Day, month and year; you may leave it empty."),
    )

    def __init__(self, *args, members, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", _("Nobody yet")), *((str(one.pk), str(one)) for one in members)]
        self.helper = plain_helper()
        self.helper.layout = Layout("title", "owner", Field("due_on", css_class="short"))

    def clean_owner(self):
        return int(self.cleaned_data["owner"]) if self.cleaned_data["owner"] else None


class LeaveForm(forms.Form):
    """Why a delegate gives up her seat."""

    reason = forms.CharField(
        label=_("Why you leave"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A few words for the programme team; your delegation does not read them."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = plain_helper()
