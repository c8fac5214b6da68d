"""The banner over every page while staff look at the portal as another person."""

from django import template
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override

register = template.Library()


@register.simple_tag(takes_context=True)
def looking_banner(context) -> str:
    """Return the banner in the staff member's own language and zone, "" when nobody looks."""
    request = context.get("request")
    look = getattr(request, "looking", None)
    if look is None:
        return ""
    with override(look.staff.language), timezone.override(look.staff.zone):
        return render_to_string("accounts/_looking.html", {"look": look, "spoken": look.staff.language}, request)
