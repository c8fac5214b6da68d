"""Who may read: every readable root row carries one audience key, a person has many."""

from django.core.cache import caches
from django.db import models

from core import registry

PUBLIC, MEMBER = "public", "member"
HIDDEN = "hidden"  # a key that nobody has
HOUR = 3600


def keys_for(user) -> frozenset[str]:
    """Return the audience keys of a person.

    Asked once per request (kept on the user object) and kept in the process under the version on the user row,
    which membership services bump. Queries: 0 for visitors and from the cache; else what the providers need.
    """
    if not user.is_authenticated:
        return frozenset([PUBLIC])
    if not hasattr(user, "_audience_keys"):
        name = f"audience.{user.pk}.{user.audience_version}"
        keys = caches["process"].get(name)
        if keys is None:
            keys = frozenset([PUBLIC]).union(*(provider(user) for provider in registry.audiences))
            caches["process"].set(name, keys, HOUR)
        user._audience_keys = keys
    return user._audience_keys


def numbers_for(user, prefix: str, suffix: str = "") -> list[int]:
    """Return the numbers in a person's keys of one kind: of "clinic.12" and "clinic.7.tutors", `prefix` "clinic." finds 12.

    Args: suffix: what follows the number; only keys with exactly this shape count. Queries: those of `keys_for`.
    """
    inner = [key.removeprefix(prefix).removesuffix(suffix) for key in keys_for(user) if _has_shape(key, prefix, suffix)]
    return sorted(int(number) for number in inner if number.isascii() and number.isdigit())


def _has_shape(key: str, prefix: str, suffix: str) -> bool:
    return key.startswith(prefix) and key.endswith(suffix)


class AudienceQuerySet(models.QuerySet):
    """Rows with an `audience` key. Subclasses set `sees_all` (a permission) and may narrow `in_state`."""

    sees_all = ""

    def in_state(self):
        """Return the rows that readers may see at all, such as published ones; who sees all skips this."""
        return self

    def visible_to(self, user):
        """Return the rows this person may read: the only truth about reading.

        Args: user: a user or AnonymousUser. Returns: queryset. Queries: none itself; see keys_for.
        """
        if self.sees_all and user.is_staff and user.has_perm(self.sees_all):
            return self.all()
        return self.in_state().filter(audience__in=keys_for(user))


class OwnQuerySet(models.QuerySet):
    """Rows that only the person named in `owner_field` reads."""

    owner_field = "user"

    def visible_to(self, user):
        """Return this person's own rows; none for visitors."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(**{self.owner_field: user})
