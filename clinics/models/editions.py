"""An edition (a clinic that is held) and its plan: weeks, building blocks, activities, sessions."""

import zoneinfo
from datetime import datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.enums import Act, ActivityKind, EditionState, SessionKind
from core.audiences import PUBLIC, AudienceQuerySet, numbers_for
from core.richtext import RenderedField
from core.time import is_zone, zone_choices
from core.translations import LANGUAGES, TranslatedModel
from courses.models import Module
from programme.models import SubRegion, Theme

LONG = ("description", "description_html", "cost", "equipment", "certificate_rules")
LONG_TEXTS = [f"{field}_{code}" for field in LONG for code in LANGUAGES]  # of an edition's public page: deferred elsewhere
TAKEN = {"applications", "invitations", "seats", "focal-points", "letters", "mine"}  # first parts of other addresses


def free_address(slug: str) -> None:
    """Refuse a slug that is an address of the portal's own beside the editions."""
    if slug in TAKEN:
        raise ValidationError(_("The portal itself uses this address."))


def known_zone(name: str) -> None:
    """Refuse what is not the name of an IANA zone."""
    if not is_zone(name):
        raise ValidationError(_("“%(zone)s” is not a time zone. Choose one such as Africa/Blantyre."), params={"zone": name})


def known_languages(codes) -> None:
    """Refuse what is not a list of the portal's languages, each once."""
    if not isinstance(codes, list) or not codes or len(set(map(str, codes))) != len(codes) or set(codes) - set(LANGUAGES):
        raise ValidationError(_("Choose among %(languages)s."), params={"languages": ", ".join(LANGUAGES)})


def all_languages() -> list[str]:
    return list(LANGUAGES)


class EditionQuerySet(AudienceQuerySet):
    sees_all = "clinics.view_edition"

    def in_state(self):
        """Return the editions that have been published; drafts are for staff."""
        return self.exclude(state=EditionState.DRAFT)

    def upcoming(self):
        """Return the published editions that have not begun, the next first."""
        before = [EditionState.CALL_OPEN, EditionState.SELECTION, EditionState.PREPARATION]
        return self.filter(state__in=before).order_by("starts_on", "slug")

    def inside(self, user):
        """Return the editions whose inner pages this person reads: she takes part, is on the team, or is staff."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff and user.has_perm(self.sees_all):
            return self.all()
        return self.in_state().filter(pk__in=numbers_for(user, "clinic."))

    def led_by(self, user):
        """Return the editions whose team desk this person reads. Staff lead all."""
        if not user.is_authenticated:
            return self.none()
        if user.is_staff and user.has_perm(self.sees_all):
            return self.all()
        return self.filter(pk__in=numbers_for(user, "clinic.", ".tutors"))


class Edition(TranslatedModel):
    """A clinic that is held: where, for whom, when, by whom, and how far it is."""

    required_texts = ("title", "summary", "description", "cost", "equipment", "certificate_rules")

    slug = models.SlugField(_("slug"), max_length=80, unique=True, validators=[free_address])
    title = models.CharField(_("title"), max_length=160)
    summary = models.TextField(_("summary"), max_length=600)
    description = models.TextField(_("what happens"), max_length=8000, help_text=_("Markdown."))
    description_html = RenderedField(source="description")
    cost = models.TextField(_("cost and who pays"), max_length=1500)
    is_free = models.BooleanField(_("no fee"), default=True, help_text=_("Search engines are told that taking part is free."))
    equipment = models.TextField(_("equipment"), max_length=1500)
    certificate_rules = models.TextField(_("certificate rules"), max_length=1500)
    sub_region = models.ForeignKey(SubRegion, verbose_name=_("sub-region"), on_delete=models.PROTECT, related_name="editions")
    state = models.CharField(_("state"), max_length=12, choices=EditionState, default=EditionState.DRAFT)
    languages = models.JSONField(_("languages"), default=all_languages, validators=[known_languages])
    interpretation = models.JSONField(
        _("interpretation into"), default=list, blank=True, help_text=_("Languages into which live sessions are interpreted.")
    )
    zone = models.CharField(_("time zone"), max_length=50, default="Europe/Rome", choices=zone_choices, validators=[known_zone])
    starts_on = models.DateField(_("starts on"), help_text=_("The first day of week 1; week 0 comes before it."))
    ends_on = models.DateField(_("ends on"))
    hours_a_week = models.PositiveSmallIntegerField(
        _("hours a week"), default=6, validators=[MinValueValidator(1), MaxValueValidator(40)]
    )
    is_open_call = models.BooleanField(
        _("open call"), default=True, help_text=_("People may apply; otherwise they come by invitation alone.")
    )
    apply_by = models.DateTimeField(_("deadline for applications"), null=True, blank=True)
    invitation_days = models.PositiveSmallIntegerField(
        _("days to answer an invitation"), default=14, validators=[MinValueValidator(1), MaxValueValidator(90)]
    )
    offer_days = models.PositiveSmallIntegerField(
        _("days to answer an offer"), default=7, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    reviewers = models.PositiveSmallIntegerField(
        _("reviewers for each application"), default=1, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    capacity = models.PositiveSmallIntegerField(
        _("capacity"), null=True, blank=True, help_text=_("People in all. Empty: the sum of the seats.")
    )
    fallback_languages = models.JSONField(_("languages that may show the source"), default=list, blank=True)
    audience = models.CharField(_("audience"), max_length=60, default=PUBLIC, db_index=True)
    copied_from = models.ForeignKey(
        "self", verbose_name=_("copied from"), null=True, blank=True, on_delete=models.SET_NULL, editable=False
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    people_version = models.PositiveIntegerField(default=0, editable=False)  # rises when seats or signatures change hands

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["-starts_on", "slug"]
        permissions = [("select_edition", "Can select countries and applicants, and release decisions")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="edition_ends_after_start",
                violation_error_message=_("The edition ends before it starts."),
            ),
            models.CheckConstraint(condition=Q(state__in=EditionState.values), name="edition_state_known"),
        ]

    def __str__(self):
        return self.text("title", self.source_language) or self.slug

    def get_absolute_url(self):
        return reverse("clinics:edition_detail", args=[self.slug])

    @property
    def key(self) -> str:
        """Return the audience key of everyone in it; also the key of its mailbox."""
        return f"clinic.{self.pk}"

    @property
    def team_key(self) -> str:
        """Return the audience key of the team that leads it."""
        return f"clinic.{self.pk}.tutors"

    @property
    def tz(self) -> zoneinfo.ZoneInfo:
        """Return the zone in which its dates are meant."""
        return zoneinfo.ZoneInfo(self.zone)

    @property
    def is_draft(self) -> bool:
        return self.state == EditionState.DRAFT

    def allows(self, act: Act) -> bool:
        """Say whether its state allows an act. Pure."""
        return act in EditionState(self.state).allows

    def takes_applications(self, now: datetime | None = None) -> bool:
        """Say whether everybody may apply: the call is open and its deadline is to come. Pure but for the clock."""
        is_open = self.is_open_call and self.allows(Act.APPLY) and self.apply_by is not None
        return is_open and self.apply_by > (now or timezone.now())

    def gaps(self) -> dict[str, list[str]]:
        """Return {language: names of required fields without text}, those left out that may show the source. Pure."""
        gaps = {code: self.missing(code) for code in LANGUAGES if code not in self.fallback_languages}
        return {code: fields for code, fields in gaps.items() if fields}

    def moment(self, day, clock: time = time(0, 0)) -> datetime:
        """Return a day and a clock time of its zone as an instant. Pure."""
        return datetime.combine(day, clock, tzinfo=self.tz)

    def today(self, now: datetime | None = None):
        """Return the day it is in its zone. Pure but for the clock."""
        return (now or timezone.now()).astimezone(self.tz).date()


class OfEditionQuerySet(models.QuerySet):
    """Parts of an edition that its public page shows as well."""

    def visible_to(self, user):
        """Return the rows of the editions this person may read."""
        return self.filter(edition__in=Edition.objects.visible_to(user))


class Week(TranslatedModel):
    """A week of an edition; week 0 is the preparation."""

    required_texts = ("title",)

    edition = models.ForeignKey(Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="weeks")
    number = models.PositiveSmallIntegerField(_("number"), validators=[MaxValueValidator(30)])
    title = models.CharField(_("title"), max_length=160)
    summary = models.TextField(_("summary"), max_length=600, blank=True)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))

    objects = OfEditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("week")
        verbose_name_plural = _("weeks")
        ordering = ["edition", "number"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="one_week_a_number"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="week_ends_after_start",
                violation_error_message=_("The week ends before it starts."),
            ),
        ]

    def __str__(self):
        return _("Week %(number)d: %(title)s") % {"number": self.number, "title": self.text("title", self.reading_language())}


class Block(TranslatedModel):
    """A building block: its own dates, modules, and at least one webinar. Not tied to one week."""

    required_texts = ("title", "objectives")

    edition = models.ForeignKey(Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="blocks")
    number = models.PositiveSmallIntegerField(_("number"), validators=[MinValueValidator(1), MaxValueValidator(30)])
    title = models.CharField(_("title"), max_length=160)
    objectives = models.TextField(_("objectives"), max_length=2000, help_text=_("One a line."))
    theme = models.ForeignKey(Theme, verbose_name=_("theme"), null=True, blank=True, on_delete=models.SET_NULL)
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    modules = models.ManyToManyField(Module, verbose_name=_("modules"), blank=True, related_name="blocks")

    objects = OfEditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("building block")
        verbose_name_plural = _("building blocks")
        ordering = ["edition", "number"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="one_block_a_number"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="block_ends_after_start",
                violation_error_message=_("The block ends before it starts."),
            ),
        ]

    def __str__(self):
        return _("Block %(number)d: %(title)s") % {"number": self.number, "title": self.text("title", self.reading_language())}

    @property
    def objective_list(self) -> list[str]:
        return [line for line in self.text("objectives", self.reading_language()).splitlines() if line.strip()]

    def meets(self, week: Week) -> bool:
        """Say whether some of its days lie in a week. Pure."""
        return self.starts_on <= week.ends_on and self.ends_on >= week.starts_on


class ActivityQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the rows of the editions this person may read."""
        return self.filter(week__edition__in=Edition.objects.visible_to(user))


class Activity(models.Model):
    """What a week holds besides its blocks: the refresher, the priorities, places that surveys fill."""

    week = models.ForeignKey(Week, verbose_name=_("week"), on_delete=models.CASCADE, related_name="activities")
    kind = models.CharField(_("kind"), max_length=20, choices=ActivityKind)
    module = models.ForeignKey(
        Module, verbose_name=_("module"), null=True, blank=True, on_delete=models.PROTECT, related_name="activities"
    )
    due_on = models.DateField(_("due on"))

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["week", "pk"]
        constraints = [models.UniqueConstraint(fields=["week", "kind"], name="one_activity_a_kind")]

    def __str__(self):
        return str(self.get_kind_display())


class Session(TranslatedModel):
    """A live session: a webinar of a block, group work, a briefing. An instant, and the zone in which it was set."""

    required_texts = ("title",)

    edition = models.ForeignKey(Edition, verbose_name=_("edition"), on_delete=models.CASCADE, related_name="sessions")
    block = models.ForeignKey(
        Block, verbose_name=_("building block"), null=True, blank=True, on_delete=models.CASCADE, related_name="sessions"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=SessionKind, default=SessionKind.WEBINAR)
    title = models.CharField(_("title"), max_length=160)
    starts_at = models.DateTimeField(_("starts"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=90, validators=[MinValueValidator(5), MaxValueValidator(600)]
    )
    zone = models.CharField(_("time zone"), max_length=50, choices=zone_choices, validators=[known_zone])

    objects = OfEditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("live session")
        verbose_name_plural = _("live sessions")
        ordering = ["starts_at", "pk"]
        indexes = [models.Index(fields=["edition", "starts_at"], name="sessions_of_edition")]

    def __str__(self):
        return self.text("title", self.source_language) or str(self.get_kind_display())

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    def clean(self):
        super().clean()
        if self.block and self.block.edition_id != self.edition_id:
            raise ValidationError({"block": _("This block belongs to another edition.")})
