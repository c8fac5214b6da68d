"""Pages and the menus that lead to them."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import registry
from core.richtext import RenderedField
from core.translations import TranslatedModel
from programme.enums import Menu, Section
from programme.models.base import PublicQuerySet, Published


class Page(Published):
    """One text about the programme, at an address of its own."""

    required_texts = ("title", "summary", "body")

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    section = models.CharField(_("section"), max_length=15, choices=Section, default=Section.PROGRAMME)
    title = models.CharField(_("title"), max_length=120)
    summary = models.TextField(_("summary"), max_length=400, help_text=_("For lists, search and search engines."))
    body = models.TextField(_("text"), max_length=60_000)
    body_html = RenderedField(source="body")
    sources = models.TextField(_("sources"), blank=True, max_length=4000, help_text=_("One a line, as Markdown."))
    is_archive = models.BooleanField(_("archive"), default=False, help_text=_("Kept for the record; the page says so."))
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta(Published.Meta):
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["section", "position", "slug"]

    def __str__(self):
        return self.title or self.slug

    def get_absolute_url(self):
        return reverse("programme:page_detail", args=[self.slug])


class MenuItem(TranslatedModel):
    """One line of a menu: it leads to a page of the programme or to one of the portal's own (`registry.routes`)."""

    required_texts = ("label",)

    menu = models.CharField(_("menu"), max_length=10, choices=Menu, default=Menu.MAIN)
    label = models.CharField(_("label"), max_length=40)
    page = models.ForeignKey(
        Page, verbose_name=_("page"), null=True, blank=True, on_delete=models.CASCADE, related_name="menu_items"
    )
    route = models.CharField(_("or one of the portal’s own pages"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = PublicQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a menu")
        verbose_name_plural = _("menus")
        ordering = ["menu", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(page__isnull=False, route="") | Q(page__isnull=True) & ~Q(route=""),
                name="menu_item_leads_somewhere",
            ),
            models.CheckConstraint(condition=Q(menu__in=Menu.values), name="menu_known"),
        ]

    def __str__(self):
        return self.label or self.route

    def clean(self):
        super().clean()
        if bool(self.page_id) == bool(self.route):
            raise ValidationError({"route": _("Choose either a page or one of the portal’s own.")})
        if self.route and self.route not in registry.routes:
            raise ValidationError({"route": _("This is none of the portal’s own pages.")})
