"""Modules and their units; texts in every language at once."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.audiences import PUBLIC, AudienceQuerySet, keys_for
from core.models import Event
from core.richtext import RenderedField
from core.translations import LANGUAGES, TranslatedModel
from courses.enums import Completion, ModuleKind, ModuleState, UnitKind
from programme.models import Theme

CHECK_MINUTES_MOST = 600
TAKEN = {"mine", "statements", "verify", "jobs"}  # first parts of addresses beside the modules
TAKEN_IN_MODULE = {"answers", "continue", "figures", "people", "pdf", "print", "statement"}  # and beside the units


def of_units(units, aggregate):
    """Return a subquery: an aggregate over these units of the outer row's module (a join would group wide rows)."""
    units = units.filter(module=models.OuterRef("pk")).order_by().values("module")
    return models.Subquery(units.annotate(found=aggregate).values("found"))


def free_address(slug: str) -> None:
    """Refuse a slug that is an address of the portal's own beside the modules."""
    if slug in TAKEN:
        raise ValidationError(_("The portal itself uses this address."))


def free_address_in_module(slug: str) -> None:
    """Refuse a slug that is an address of the portal's own beside the units."""
    if slug in TAKEN_IN_MODULE:
        raise ValidationError(_("The portal itself uses this address."))


def parts_of_modules() -> list:
    """Return what to prefetch so that `Module.parts` asks nothing more."""
    return [
        "figures",
        models.Prefetch("units", Unit.objects.standing(), to_attr="standing_units"),
        "standing_units__reflections",
        "standing_units__items__question__choices",
        "standing_units__items__tag__questions__choices",
    ]


class ModuleQuerySet(AudienceQuerySet):
    sees_all = "courses.view_module"

    def in_state(self):
        return self.filter(state=ModuleState.PUBLISHED)

    def open_to(self, user):
        """Return what this person may read at its own address: what is visible, and retired modules that she began."""
        if not user.is_authenticated:
            return self.visible_to(user)
        begun = Q(pk__in=Unit.objects.begun_by(user).values("module"), state=ModuleState.RETIRED, audience__in=keys_for(user))
        return self.filter(Q(pk__in=self.visible_to(user).values("pk")) | begun)

    def with_parts(self):
        """Fetch all parts that carry texts with the modules. Queries: 9 for any number of modules."""
        return self.prefetch_related(*parts_of_modules())

    def with_progress(self, user):
        """Add `minutes` of what is not optional, `unit_count` and `done_count` (0 for visitors) of the units that count.

        One query with the rows.
        """
        needed, counting = Unit.objects.standing().filter(is_optional=False), Unit.objects.counting()
        rows = self.annotate(
            minutes=Coalesce(of_units(needed, Sum("minutes")), 0), unit_count=Coalesce(of_units(counting, Count("pk")), 0)
        )
        if not user.is_authenticated:
            return rows.annotate(done_count=models.Value(0))
        done = counting.filter(records__user=user, records__completed_at__isnull=False)
        return rows.annotate(done_count=Coalesce(of_units(done, Count("pk")), 0))


class Module(TranslatedModel):
    """What a person learns in one go or ten: a refresher or a self-guided module, in every language at once."""

    required_texts = ("title", "summary", "objectives")

    slug = models.SlugField(_("slug"), max_length=80, unique=True, validators=[free_address])
    kind = models.CharField(_("kind"), max_length=20, choices=ModuleKind, default=ModuleKind.SELF_GUIDED)
    theme = models.ForeignKey(Theme, verbose_name=_("theme"), on_delete=models.PROTECT, related_name="modules")
    title = models.CharField(_("title"), max_length=160)
    summary = models.TextField(_("summary"), max_length=600)
    objectives = models.TextField(_("objectives"), help_text=_("One a line."), max_length=2000)
    prerequisites = models.ManyToManyField(
        "self", verbose_name=_("prerequisites"), symmetrical=False, blank=True, related_name="leads_to"
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=ModuleState, default=ModuleState.DRAFT)
    completion = models.CharField(
        _("completed by"),
        max_length=10,
        choices=Completion,
        default=Completion.ALL_UNITS,
        help_text=_("Optional units never count."),
    )
    publish_at = models.DateTimeField(_("publish at"), null=True, blank=True)
    retire_at = models.DateTimeField(_("retire at"), null=True, blank=True)
    replaced_by = models.ForeignKey(
        "self",
        verbose_name=_("replaced by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="replaces",
        help_text=_("Where readers of a retired module are led."),
    )
    fallback_languages = models.JSONField(
        _("languages that may show the source"), default=list, blank=True, help_text=_('Codes, such as ["es"].')
    )
    audience = models.CharField(_("audience"), max_length=60, default=PUBLIC, db_index=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    loaded_digest = models.CharField(max_length=32, blank=True, editable=False)  # of the starter files it was loaded from

    objects = ModuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        ordering = ["position", "slug"]

    def __str__(self):
        return self.text("title", self.source_language) or self.slug

    def get_absolute_url(self):
        return reverse("courses:module_detail", args=[self.slug])

    @property
    def retired_on(self) -> datetime | None:
        """Return since when it is retired, None when it is not. Queries: 1 for a retired module, else 0."""
        if self.state != ModuleState.RETIRED:
            return None
        return Event.objects.about(self).filter(act="retire").values_list("at", flat=True).first() or self.changed_at

    @property
    def objective_list(self) -> list[str]:
        return [line for line in self.text("objectives", self.reading_language()).splitlines() if line.strip()]

    def parts(self) -> list[TranslatedModel]:
        """Return all that carries texts: the module, its figures, standing units, reflections, questions, choices.

        Queries: 9, or 0 after `with_parts`.
        """
        if not hasattr(self, "standing_units"):
            models.prefetch_related_objects([self], *parts_of_modules())
        found = [self, *self.figures.all(), *self.standing_units]
        for unit in self.standing_units:
            found += [reflection for reflection in unit.reflections.all() if reflection.is_active]
        for question in self.questions():
            found += [question, *question.choices.all()]
        return found

    def questions(self) -> list:
        """Return the questions that the module's checks may ask, each once. Queries: as `parts`."""
        if not hasattr(self, "standing_units"):
            models.prefetch_related_objects([self], *parts_of_modules())
        items = [item for unit in self.standing_units for item in unit.items.all()]
        return list({question.pk: question for item in items for question in item.pool()}.values())

    def gaps(self) -> dict[str, list[tuple[TranslatedModel, str]]]:
        """Return {language: [(object, field)]} of every text that is missing in the module. Queries: as `parts`."""
        return {code: [(part, field) for part in self.parts() for field in part.missing(code)] for code in LANGUAGES}


class UnitQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Return the units of the modules this person may read."""
        return self.standing().filter(module__in=Module.objects.visible_to(user))

    def begun_by(self, user):
        """Return the units in which a person has a record or an attempt."""
        return self.filter(
            Exists(user.unit_records.filter(unit=OuterRef("pk"))) | Exists(user.attempts.filter(unit=OuterRef("pk")))
        )

    def open_to(self, user):
        """Return the units that take what a person does in them: those of her open modules, retired ones if she began them."""
        rows = self.filter(module__in=Module.objects.open_to(user))
        return rows.filter(Q(retired_at=None) | Q(pk__in=Unit.objects.begun_by(user).values("pk")))

    def standing(self):
        """Return the units that are not retired."""
        return self.filter(retired_at__isnull=True)

    def counting(self):
        """Return the units that count towards completing their module; `Outline.counted` says the same of plain data.

        Optional units never count. Where passing the checks is enough, the other units do not, unless no check stands.
        """
        needed = self.standing().filter(is_optional=False)
        checks = Unit.objects.standing().filter(is_optional=False, kind=UnitKind.CHECK, module=models.OuterRef("module"))
        return needed.filter(~Q(module__completion=Completion.CHECKS) | Q(kind=UnitKind.CHECK) | ~models.Exists(checks))


class Unit(TranslatedModel):
    """One sitting: a reading, a case study, a film, a download, or a knowledge check.

    A unit that people have opened is retired, never deleted: their progress and answers stay.
    """

    module = models.ForeignKey(Module, verbose_name=_("module"), on_delete=models.CASCADE, related_name="units")
    slug = models.SlugField(_("slug"), max_length=80, validators=[free_address_in_module])
    kind = models.CharField(_("kind"), max_length=10, choices=UnitKind, default=UnitKind.READING)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    minutes = models.PositiveSmallIntegerField(
        _("minutes"), default=8, validators=[MinValueValidator(1), MaxValueValidator(CHECK_MINUTES_MOST)]
    )
    title = models.CharField(_("title"), max_length=160)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    body = models.TextField(_("text"), blank=True, help_text=_("Markdown. A glossary term: [words](term:slug)."))
    body_html = RenderedField(source="body")
    transcript = models.TextField(_("transcript"), blank=True, help_text=_("What is said in a film. Markdown."))
    transcript_html = RenderedField(source="transcript")
    sources = models.TextField(_("sources"), blank=True, help_text=_("One a line, with year."))
    pass_mark = models.PositiveSmallIntegerField(
        _("pass mark in per cent"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    max_attempts = models.PositiveSmallIntegerField(_("attempts at most"), null=True, blank=True, help_text=_("Empty: any."))

    is_optional = models.BooleanField(_("optional"), default=False, help_text=_("Does not count towards completion."))
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)

    objects = UnitQuerySet.as_manager()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["module", "position"]
        constraints = [
            models.UniqueConstraint(fields=["module", "slug"], name="unit_slug_in_module"),
            models.CheckConstraint(
                condition=Q(kind="check", pass_mark__isnull=False) | (~Q(kind="check") & Q(pass_mark__isnull=True)),
                name="only_checks_have_a_pass_mark",
                violation_error_message=_("A knowledge check has a pass mark; other units have none."),
            ),
        ]

    def __str__(self):
        return self.text("title", self.source_language) or self.slug

    def get_absolute_url(self):
        return reverse("courses:unit_detail", args=[self.module.slug, self.slug])

    @property
    def required_texts(self) -> tuple[str, ...]:
        return ("title", "body", "transcript") if self.kind == UnitKind.VIDEO else ("title", "body")

    @property
    def is_check(self) -> bool:
        return self.kind == UnitKind.CHECK


class OldAddress(models.Model):
    """Where a module or unit stood before it was renamed or retired: its readers are led on."""

    path = models.CharField(_("old address"), max_length=170, unique=True)  # "module" or "module/unit"
    module = models.ForeignKey(Module, verbose_name=_("module"), on_delete=models.CASCADE, related_name="old_addresses")
    unit = models.ForeignKey(
        Unit, verbose_name=_("unit"), null=True, blank=True, on_delete=models.CASCADE, related_name="old_addresses"
    )
    at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("old address")
        verbose_name_plural = _("old addresses")
        ordering = ["path"]

    def __str__(self):
        return self.path
