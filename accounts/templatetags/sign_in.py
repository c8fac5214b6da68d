"""Allauth's pages in the portal's words: visible labels instead of placeholders, keyboards that fit, named browsers."""

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

LABELS = {
    "email": _("E-mail address"),
    "password": _("Password"),
    "oldpassword": _("Present password"),
    "password1": _("New password"),
    "password2": _("New password, again"),
    "code": _("Code"),
    "name": _("Name of this passkey or key"),
    "passwordless": _("Sign in with it alone, without a password"),
}
HELP = {
    "password1": _("At least 10 characters. A short sentence is easy to remember."),
    "passwordless": _("Your device then asks for your fingerprint, your face or its PIN."),
}


@register.filter
def in_our_words(form):
    """Return an allauth form with the portal's labels and hints; a form of our own keeps its words."""
    ours = not type(form).__module__.startswith("allauth.")
    for name, field in form.fields.items():
        attrs = field.widget.attrs
        attrs.pop("placeholder", None)
        if not ours:
            field.label = LABELS.get(name, field.label)
            field.help_text = HELP.get(name, "")
        if name == "passwordless":
            field.initial = True
        if name == "code":
            numeric = type(form).__module__.startswith("allauth.mfa")
            attrs |= {"inputmode": "numeric" if numeric else "text", "autocapitalize": "characters"}
            attrs |= {"spellcheck": "false", "class": "code short", "autocomplete": "one-time-code"}
    return form


# The first that is found names it: every browser also claims to be those after it.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet", "Firefox": "Firefox", "Chrome": "Chrome",
            "Safari": "Safari"}  # fmt: skip
SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "Mac", "Linux": "Linux"}


@register.filter
def browser(user_agent: str) -> str:
    """Return a browser's and a system's name, or the head of what the browser said of itself."""
    names = [next((name for mark, name in marks.items() if mark in user_agent), "") for marks in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, names)) or user_agent[:60]
