from django import template

from reminders.models import Letter

register = template.Library()
MOST = 99


@register.simple_tag
def unread_count(user) -> str:
    """Return the number of unread letters, "99+" beyond. One query, bounded by the partial index.

    At most 100 ids are read: that costs less than making Django nest a COUNT in a subquery.
    """
    count = len(Letter.objects.filter(recipient=user).unread().values_list("pk", flat=True)[: MOST + 1])
    return f"{MOST}+" if count > MOST else str(count or "")
