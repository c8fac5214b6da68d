"""The editions under way, on the first page of the administration."""

from django import template
from django.urls import reverse

from clinics.desk import editions_under_way

register = template.Library()


@register.inclusion_tag("admin/clinics/_under_way.html")
def clinics_under_way(user) -> dict:
    """Show the editions under way with links to their tasks, and how to build the next one."""
    may_build = user.has_perm("clinics.add_edition")
    return {
        "may_see": user.has_perm("clinics.view_edition"),
        "editions": editions_under_way(user),
        "next_url": reverse("admin:clinics_edition_next") if may_build else "",
        "all_url": reverse("admin:clinics_edition_changelist"),
    }
