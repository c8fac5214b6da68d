"""A delegation: the people of one country in one edition, its seats, its tasks."""

from django.conf import settings
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConstituentGroup
from clinics.enums import DelegateRole, DelegateState, EditionState
from clinics.models.editions import Edition
from core import countries
from core.audiences import numbers_for


class DelegationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the delegations whose inner page this person reads: her own, those of editions she leads; staff all.

        Of a draft, one that went back to it too, staff alone.
        """
        if not user.is_authenticated:
            return self.none()
        if user.is_staff and user.has_perm("clinics.view_delegation"):
            return self.all()
        return self.filter(pk__in=numbers_for(user, "delegation.")).exclude(edition__state=EditionState.DRAFT)

    def with_seats(self):
        """Annotate `seat_count` (all its seats) and `member_count` (who takes part). No further query."""
        seats = Seats.objects.filter(delegation=OuterRef("pk")).order_by().values("delegation")
        members = Delegate.objects.active().filter(delegation=OuterRef("pk")).order_by().values("delegation")
        return self.annotate(
            seat_count=Coalesce(Subquery(seats.annotate(n=Sum("number")).values("n")), 0),
            member_count=Coalesce(Subquery(members.annotate(n=Count("pk")).values("n")), 0),
        )


class Delegation(models.Model):
    """The people of one country in one edition."""

    edition = models.ForeignKey(Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="delegations")
    country = models.CharField(_("country"), max_length=2, validators=[RegexValidator("^[A-Z]{2}$", _("Two capital letters."))])

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["edition", "country"]
        constraints = [models.UniqueConstraint(fields=["edition", "country"], name="one_delegation_a_country")]

    def __str__(self):
        return countries.name(self.country)

    def get_absolute_url(self):
        return reverse("clinics:delegation_detail", args=[self.edition.slug, self.country.lower()])

    @property
    def name(self) -> str:
        """Return the country's name in the active language."""
        return countries.name(self.country)

    @property
    def key(self) -> str:
        """Return the audience key of its members and of the team."""
        return f"delegation.{self.pk}"


class OfDelegationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the rows of the delegations whose inner page this person reads."""
        return self.filter(delegation__in=Delegation.objects.visible_to(user))


class Seats(models.Model):
    """How many people of one constituent group a delegation has seats for."""

    delegation = models.ForeignKey(Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="seats")
    group = models.CharField(_("constituent group"), max_length=20, choices=ConstituentGroup)
    number = models.PositiveSmallIntegerField(_("seats"), default=1, validators=[MaxValueValidator(500)])

    objects = OfDelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("seats of a group")
        verbose_name_plural = _("seats")
        ordering = ["delegation", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["delegation", "group"], name="seats_once_a_group"),
            models.CheckConstraint(condition=Q(group__in=ConstituentGroup.values), name="seats_group_known"),
        ]

    def __str__(self):
        return f"{self.get_group_display()}: {self.number}"


class DelegateQuerySet(OfDelegationQuerySet):
    def active(self):
        """Return those who take part. Index: active_delegates."""
        return self.filter(state=DelegateState.ACTIVE)


class Delegate(models.Model):
    """One person on one seat. Whoever was replaced or withdrew stays in the record, without access."""

    edition = models.ForeignKey(Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="delegates")
    delegation = models.ForeignKey(Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="delegates")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="delegates"
    )
    group = models.CharField(_("constituent group"), max_length=20, choices=ConstituentGroup)
    role = models.CharField(_("role"), max_length=10, choices=DelegateRole, default=DelegateRole.MEMBER)
    state = models.CharField(_("state"), max_length=10, choices=DelegateState, default=DelegateState.ACTIVE)
    joined_at = models.DateTimeField(_("joined"), auto_now_add=True)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)
    leave_reason = models.CharField(_("why"), max_length=300, blank=True)
    successor = models.OneToOneField(
        "self", verbose_name=_("successor"), null=True, blank=True, on_delete=models.SET_NULL, related_name="predecessor"
    )

    objects = DelegateQuerySet.as_manager()

    class Meta:
        verbose_name = _("delegate")
        verbose_name_plural = _("delegates")
        ordering = ["delegation", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "user"], condition=Q(state="active", user__isnull=False), name="one_seat_a_person"
            ),
            models.UniqueConstraint(
                fields=["delegation"], condition=Q(state="active", role="head"), name="one_head_a_delegation"
            ),
            models.CheckConstraint(condition=Q(group__in=ConstituentGroup.values), name="delegate_group_known"),
        ]
        indexes = [
            models.Index(fields=["delegation", "group"], name="active_delegates", condition=Q(state="active")),
            models.Index(fields=["user"], name="seats_of_person", condition=Q(state="active")),
        ]

    def __str__(self):
        return str(self.user) if self.user_id else str(_("Erased person"))

    @property
    def side(self):
        """Return the side of tripartism for which this person speaks."""
        return ConstituentGroup(self.group).side


class DelegationTask(models.Model):
    """What a delegation has set itself to do: owner and date. Words are its members' own."""

    delegation = models.ForeignKey(Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="tasks")
    title = models.CharField(_("what"), max_length=200)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    owner = models.ForeignKey(
        Delegate, verbose_name=_("owner"), null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks"
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    objects = OfDelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("task of a delegation")
        verbose_name_plural = _("tasks of delegations")
        ordering = ["delegation", "due_on", "pk"]

    def __str__(self):
        return self.title
