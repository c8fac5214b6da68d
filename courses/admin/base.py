"""What the administration of modules, units and questions shares."""

import base64

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from core.admin import TranslatedAdmin
from core.translations import LANGUAGES
from courses.enums import ModuleState
from courses.models import Choice, Module, Reflection, Unit
from courses.services.media import files_follow, files_shown
from courses.services.retiring import why_not_deleted

HEAVY = [f"{name}_{code}" for name in ("body", "body_html", "transcript", "transcript_html", "sources") for code in LANGUAGES]


def preview_links(obj):
    """Return links to the real page in each language."""
    links = []
    for code, name in settings.LANGUAGES:
        with translation.override(code):
            links.append((obj.get_absolute_url(), code, code, name))
    return format_html_join(" · ", '<a href="{}" hreflang="{}" lang="{}" target="_blank">{}</a>', links)


def drawing(svg: str) -> str:
    """Return a stored drawing as the address of an image: shown so, an SVG runs and loads nothing."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}" if svg else ""


def change_url(obj) -> str:
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])


def page_part(part):
    """Return the object on whose page a part is edited."""
    if isinstance(part, Choice):
        return part.question
    return part.unit if isinstance(part, Reflection) else part


def gap_lines(module: Module) -> list[dict]:
    """Return what is missing, a line for each object and language, with where to mend it. Queries: 3."""
    lines = []
    for code, parts in module.gaps().items():
        by_object: dict = {}
        for part, field in parts:
            by_object.setdefault(part, []).append(part._meta.get_field(field).verbose_name)
        for part, fields in by_object.items():
            place = page_part(part)
            lines.append(
                {
                    "code": code,
                    "kind": part._meta.verbose_name,
                    "name": str(part),
                    "fields": fields,
                    "url": change_url(place),
                    "fallback": code in module.fallback_languages,
                }
            )
    return lines


def stale_lines(module: Module) -> list[dict]:
    """Return the objects of a module with a translation older than its source. Queries: 3."""
    lines = []
    for part in module.parts():
        if codes := part.stale():
            place = page_part(part)
            codes = ", ".join(code.upper() for code in codes)
            lines.append({"kind": part._meta.verbose_name, "name": str(part), "codes": codes, "url": change_url(place)})
    return lines


class CourseAdmin(TranslatedAdmin):
    """What the three share: saving a part of a published module says what readers now miss.

    Each of the three says with `modules_of(obj)` to which modules a part belongs.
    """

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        published = [module for module in self.modules_of(form.instance) if module.state == ModuleState.PUBLISHED]
        if published:
            self.keep_published(form.instance)
        for module in published:
            self.warn_of_gaps(request, module)

    def keep_published(self, obj) -> None:
        """Do what a change of a published part asks for."""

    def warn_of_gaps(self, request, module: Module) -> None:
        codes = [code for code, parts in module.gaps().items() if parts and code not in module.fallback_languages]
        if codes:
            text = _("“%(module)s” is published, and readers miss texts in: %(languages)s.")
            messages.warning(request, text % {"module": module, "languages": ", ".join(code.upper() for code in codes)})

    def history_view(self, request, object_id, extra_context=None):
        """Show the versions with their differences in place of the list of acts."""
        return redirect("admin:courses_versions", self.model._meta.model_name, unquote(object_id))

    def get_deleted_objects(self, objs, request):
        """Refuse to delete what people have worked in: it is retired instead, and the page says so."""
        to_delete, counts, lacking, protected = super().get_deleted_objects(objs, request)
        reasons = [why_not_deleted(obj) for obj in objs if isinstance(obj, (Module, Unit))]
        return to_delete, counts, lacking, [*filter(None, reasons), *protected]

    def delete_model(self, request, obj):
        """Hide the files that nothing shows any more."""
        stored = files_shown([obj])
        super().delete_model(request, obj)
        files_follow(stored)

    def delete_queryset(self, request, queryset):
        with transaction.atomic():
            stored = files_shown(queryset)
            super().delete_queryset(request, queryset)
            files_follow(stored)

    @admin.display(description=_("preview"))
    def preview(self, obj):
        return preview_links(obj) if obj.pk else "–"

    def is_list(self, request) -> bool:
        return request.resolver_match is not None and request.resolver_match.url_name.endswith("_changelist")
