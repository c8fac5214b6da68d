"""The two roads to a seat: an invitation, and an application in the open call."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Window
from django.db.models.functions import Coalesce, Greatest, Lower, RowNumber
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.enums import ConstituentGroup
from clinics.enums import ApplicationState, Decision, DecisionReason, Funding, InvitationState, ReviewState
from clinics.models.delegations import Delegate, Delegation, OfDelegationQuerySet
from clinics.models.editions import Edition
from clinics.models.selection import MOST_POINTS, Criterion, StaffOnlyQuerySet
from clinics.models.team import TeamMember, new_key
from core import countries
from core.audiences import OwnQuerySet
from core.models import StoredFile


class SeatLink(models.Model):
    """A link by which the first N people of one delegation and group may take seats."""

    delegation = models.ForeignKey(Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="links")
    group = models.CharField(_("constituent group"), max_length=20, choices=ConstituentGroup)
    seats = models.PositiveSmallIntegerField(_("seats"), validators=[MinValueValidator(1), MaxValueValidator(200)])
    key = models.CharField(max_length=40, unique=True, default=new_key, editable=False)
    expires_at = models.DateTimeField(_("works until"))
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = OfDelegationQuerySet.as_manager()

    class Meta:
        verbose_name = _("link with seats")
        verbose_name_plural = _("links with seats")
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.delegation}: {self.get_group_display()} ({self.seats})"

    def get_absolute_url(self):
        return reverse("clinics:seat_link", args=[self.key])


class InvitationQuerySet(OfDelegationQuerySet):
    def open(self):
        """Return the invitations that wait for an answer. Index: open_invitations."""
        return self.filter(state=InvitationState.OPEN)


class Invitation(models.Model):
    """A named person was nominated for a seat and invited; the secret key in the letter is her way in."""

    edition = models.ForeignKey(Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="invitations")
    delegation = models.ForeignKey(
        Delegation, verbose_name=_("delegation"), on_delete=models.CASCADE, related_name="invitations"
    )
    group = models.CharField(_("constituent group"), max_length=20, choices=ConstituentGroup)
    email = models.EmailField(_("e-mail address"), max_length=254)  # in small letters
    name = models.CharField(_("name"), max_length=200)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="en")
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    position = models.CharField(_("position"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=InvitationState, default=InvitationState.OPEN)
    key = models.CharField(max_length=40, unique=True, default=new_key, editable=False)
    expires_at = models.DateTimeField(_("answer by"))
    nominated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("nominated by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="nominations",
    )
    focal_point = models.ForeignKey(
        TeamMember, verbose_name=_("country focal point"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    link = models.ForeignKey(
        SeatLink, verbose_name=_("by a link with seats"), null=True, blank=True, on_delete=models.SET_NULL, related_name="taken"
    )
    replaces = models.ForeignKey(
        Delegate, verbose_name=_("takes over from"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="invitations",
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    suggestion = models.CharField(_("whom she suggests"), max_length=300, blank=True)
    invited_at = models.DateTimeField(_("invited"), auto_now_add=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                "edition", Lower("email"), condition=Q(state="open"), name="one_open_invitation",
                violation_error_message=_("This address has an invitation that waits for an answer."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["expires_at"], name="open_invitations", condition=Q(state="open")),
            models.Index(fields=["email"], name="invitations_by_address"),
        ]

    def __str__(self):
        return f"{self.name} <{self.email}>"

    def get_absolute_url(self):
        return reverse("clinics:invitation", args=[self.key])


class ApplicationQuerySet(OwnQuerySet):
    """Applications, read by who wrote them; staff who select see those that were handed in."""

    def visible_to(self, user):
        if user.is_authenticated and user.is_staff and user.has_perm("clinics.select_edition"):
            return self.filter(Q(user=user) | Q(pk__in=Application.objects.reviewable_by(user).values("pk")))
        return super().visible_to(user)

    def reviewable_by(self, user):
        """Return the applications that a member of staff may read and judge: handed in, not her own, and without a
        conflict of interest that she declared. None for others."""
        if not (user.is_authenticated and user.is_staff and user.has_perm("clinics.select_edition")):
            return self.none()
        declared = Review.objects.filter(application=OuterRef("pk"), reviewer=user, state=ReviewState.CONFLICT)
        return self.exclude(state=ApplicationState.DRAFT).exclude(user=user).filter(~Exists(declared))

    def waiting(self):
        """Return the waiting list, in its order. Index: waiting_applications."""
        return self.filter(state=ApplicationState.WAITING).order_by("edition", "country", "group", "rank", "submitted_at", "pk")

    def with_deadline(self):
        """Annotate `deadline` (of the call, or a later one of this person's own) and `extended`. No further query."""
        own = Extension.objects.filter(edition=OuterRef("edition"), user=OuterRef("user")).values("until")[:1]
        call = F("edition__apply_by")
        latest = Greatest(Coalesce(Subquery(own), call), Coalesce(call, Subquery(own)))  # SQLite: no greatest with a null
        return self.annotate(extended=Subquery(own), deadline=latest)

    def with_place(self):
        """Annotate `place` (1 is next) among those who wait for one group of one country; narrow the rows afterwards."""
        lines = Window(
            RowNumber(),
            partition_by=[F("edition"), F("country"), F("group")],
            order_by=[F("rank").asc(nulls_last=True), F("submitted_at").asc(), F("pk").asc()],
        )
        return self.filter(state=ApplicationState.WAITING).annotate(place=lines)

    def line(self, edition_id: int, country: str, group: str) -> dict[int, int]:
        """Return {application: its place} of the waiting list for one group of one country. Queries: 1."""
        rows = self.with_place().filter(edition=edition_id, country=country, group=group)
        return dict(rows.order_by("place").values_list("pk", "place"))


class Application(models.Model):
    """What a person wrote in the open call, and what was decided about it."""

    edition = models.ForeignKey(Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="applications")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="applications"
    )
    state = models.CharField(_("state"), max_length=12, choices=ApplicationState, default=ApplicationState.DRAFT)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)  # in which it is written
    country = models.CharField(_("country"), max_length=2, blank=True)
    group = models.CharField(_("constituent group"), max_length=20, choices=ConstituentGroup, blank=True)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    position = models.CharField(_("position"), max_length=200, blank=True)
    motivation = models.TextField(_("motivation"), max_length=3000, blank=True)
    expected_use = models.TextField(_("expected use"), max_length=3000, blank=True)
    nominator_name = models.CharField(_("nominated by"), max_length=200, blank=True)
    nominator_email = models.EmailField(_("address of who nominates"), max_length=254, blank=True)
    letter = models.ForeignKey(
        StoredFile, verbose_name=_("letter"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    funding = models.CharField(_("time and line"), max_length=12, choices=Funding, blank=True)
    languages = models.JSONField(_("languages I follow in"), default=list, blank=True)
    accessibility = models.TextField(_("accessibility needs"), max_length=1000, blank=True)
    consent_at = models.DateTimeField(_("consent"), null=True, blank=True)
    typed = models.JSONField(default=dict, blank=True, editable=False)  # {field: [client id, typed at]}: which save is newer
    started_at = models.DateTimeField(_("begun"), auto_now_add=True)
    saved_at = models.DateTimeField(_("saved"), auto_now=True)
    submitted_at = models.DateTimeField(_("handed in"), null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision, blank=True)
    decision_reason = models.CharField(_("reason"), max_length=20, choices=DecisionReason, blank=True)
    decision_note = models.CharField(_("words to the applicant"), max_length=500, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    rank = models.PositiveIntegerField(_("place on the waiting list"), null=True, blank=True)
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    offer_until = models.DateTimeField(_("offer open until"), null=True, blank=True)
    offers = models.PositiveSmallIntegerField(_("offers made"), default=0)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "user"], name="one_application_a_person"),
            models.CheckConstraint(condition=Q(state__in=ApplicationState.values), name="application_state_known"),
            models.CheckConstraint(
                condition=~Q(state="offered") | Q(offer_until__isnull=False), name="offers_have_an_end"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["edition", "state"], name="applications_by_state"),
            models.Index(fields=["offer_until"], name="open_offers", condition=Q(state="offered")),
            models.Index(
                fields=["edition", "country", "group", "rank"], name="waiting_applications", condition=Q(state="waiting")
            ),
        ]

    def __str__(self):
        return str(self.user)

    def get_absolute_url(self):
        return reverse("clinics:apply", args=[self.edition.slug])

    @property
    def is_open(self) -> bool:
        """Say whether its writer may still change it."""
        return self.state == ApplicationState.DRAFT

    @property
    def country_name(self) -> str:
        """Return the country in the reader's language."""
        return countries.name(self.country) if self.country else ""

    @property
    def has_open_offer(self) -> bool:
        """Say whether its writer may take or decline a seat now."""
        return self.state == ApplicationState.OFFERED and self.offer_until > timezone.now()

    @property
    def may_be_withdrawn(self) -> bool:
        """Say whether its writer may still take it back: it was handed in and has no end yet."""
        return self.state in (ApplicationState.SUBMITTED, ApplicationState.WAITING, ApplicationState.OFFERED)

    @property
    def has_seat(self) -> bool:
        """Say whether its writer takes part in the edition. Queries: 1."""
        return Delegate.objects.active().filter(edition=self.edition_id, user=self.user_id).exists()

    @cached_property
    def in_line(self) -> tuple[int, int]:
        """Return (place, how many wait) on its waiting list; (0, 0) when it does not wait. Queries: 1."""
        line = Application.objects.line(self.edition_id, self.country, self.group)
        return (line[self.pk], len(line)) if self.pk in line else (0, 0)


class Extension(models.Model):
    """A later deadline of the open call for one person."""

    edition = models.ForeignKey(Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="extensions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="extensions"
    )
    until = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=300)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(_("made"), auto_now=True)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("extended deadline")
        verbose_name_plural = _("extended deadlines")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["edition", "user"], name="one_extension_a_person")]

    def __str__(self):
        return f"{self.user}: {self.until:%Y-%m-%d %H:%M}"


class Review(models.Model):
    """One reviewer's judgement of one application."""

    application = models.ForeignKey(
        Application, verbose_name=_("application"), on_delete=models.CASCADE, related_name="reviews"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("reviewer"), null=True, on_delete=models.SET_NULL, related_name="reviews"
    )
    state = models.CharField(_("state"), max_length=10, choices=ReviewState, default=ReviewState.OPEN)
    comment = models.TextField(_("comment"), max_length=2000, blank=True)
    conflict = models.CharField(_("what the conflict is"), max_length=300, blank=True)
    version = models.PositiveIntegerField(
        default=0, editable=False
    )  # rises with each save: two tabs never overwrite each other
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    objects = StaffOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["application", "pk"]
        constraints = [models.UniqueConstraint(fields=["application", "reviewer"], name="one_review_a_reviewer")]

    def __str__(self):
        return f"{self.application_id}: {self.reviewer}"


class ReviewScore(models.Model):
    """Points of one application by one criterion in one review."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, verbose_name=_("criterion"), on_delete=models.CASCADE, related_name="+")
    points = models.PositiveSmallIntegerField(_("points"), validators=[MaxValueValidator(MOST_POINTS)])

    class Meta:
        verbose_name = _("points of an application")
        verbose_name_plural = _("points of applications")
        constraints = [
            models.UniqueConstraint(fields=["review", "criterion"], name="review_points_once"),
            models.CheckConstraint(condition=Q(points__lte=MOST_POINTS), name="review_points_in_range"),
        ]

    def __str__(self):
        return f"{self.criterion_id}: {self.points}"
