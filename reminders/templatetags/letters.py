from django import template

from reminders.models import Letter

register = template.Library()
MOST = 99


@register.simple_tag
def unread_count(user) -> str:
    """Return the number of unread letters, "99+" beyond. One query, bounded by the partial index."""
    count = Letter.objects.filter(recipient=user).unread()[: MOST + 1].count()
    return f"{MOST}+" if count > MOST else str(count or "")
