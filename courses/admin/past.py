"""Earlier versions of a module and its parts: who changed what, word by word, and taking one back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from core.errors import DomainError
from core.paging import keyset
from courses.admin.base import change_url, page_part
from courses.admin.desk import DeskPages
from courses.models import Medium, Question, Unit
from courses.services import history

SIZE = 50
DEEDS = {
    "+": pgettext_lazy("version", "made"),
    "~": pgettext_lazy("version", "changed"),
    "-": pgettext_lazy("version", "deleted"),
}
REASONS = {"restored": gettext_lazy("an earlier version was restored")}


def versions_url(kind: str, pk: int) -> str:
    return reverse("admin:courses_versions", args=[kind, pk])


def kind_of(record) -> str:
    """Return the short name of the model of which this is a version."""
    return type(record).instance_type._meta.model_name


def described(record) -> dict:
    """Return a version as a line of a list."""
    return {
        "record": record,
        "who": record.history_user.get_short_name() if record.history_user else _("the portal"),
        "deed": DEEDS[record.history_type],
        "reason": REASONS.get(record.history_change_reason, record.history_change_reason or ""),
        "kind": type(record).instance_type._meta.verbose_name,
        "name": name_of(record),
        "url": reverse("admin:courses_version", args=[kind_of(record), record.history_id]),
    }


def name_of(record) -> str:
    """Return what a version calls its object: its words in the source language, else its kind. No query."""
    for field in ("title", "prompt", "label"):
        if words := getattr(record, f"{field}_{getattr(record, 'source_language', '')}", ""):
            return words
    return getattr(record, "key", "") or str(type(record).instance_type._meta.verbose_name)


class PastDesk(DeskPages):
    """For the admin of modules: it keeps the pages of all parts."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("versions/<slug:kind>/<n:pk>/", view(require_safe(self.versions)), name="courses_versions"),
            path("version/<slug:kind>/<n:record>/", view(require_safe(self.version)), name="courses_version"),
            path("version/<slug:kind>/<n:record>/restore/", view(require_POST(self.restore)), name="courses_restore"),
            path("<n:pk>/timeline/", view(require_safe(self.timeline)), name="courses_module_timeline"),
            *super().get_urls(),
        ]

    def kind_for(self, request, kind: str, right: str):
        """Return the model of a short name, for somebody who has this right over it, or 404 or 403."""
        if kind not in history.KEPT:
            raise Http404(kind)
        rights = {f"courses.{name}_{kind}" for name in ((right, "change") if right == "view" else (right,))}
        if not any(request.user.has_perm(name) for name in rights):
            raise PermissionDenied
        return history.KEPT[kind]

    def versions(self, request, kind, pk):
        """The versions of one row, newest first. Queries: 3, those of its parts, and those of the frame."""
        model = self.kind_for(request, kind, "view")
        page = keyset(history.versions_of(model, pk), request.GET.get("before"), size=SIZE)
        if not page.rows and page.first:
            raise Http404(pk)
        obj = model._default_manager.filter(pk=pk).first()
        context = {
            "lines": [described(record) for record in page.rows],
            "older": page.older,
            "row": obj,
            "back": page_of(obj) if obj else "",
            "parts": [{"name": part, "url": versions_url(part._meta.model_name, part.pk)} for part in parts_of(obj)],
        }
        return self.desk_page(
            request, "admin/courses/versions.html", _("Versions of “%(name)s”") % {"name": obj or pk}, **context
        )

    def version(self, request, kind, record):
        """What one version changed, or what changed since. Queries: 4, one a related row that differs, and the frame."""
        model = self.kind_for(request, kind, "view")
        found = get_object_or_404(model.history.select_related("history_user"), history_id=record)
        newest, since = history.latest(found), request.GET.get("with") == "now"
        old, new = (found, newest) if since else (history.before(found), found)
        obj = model._default_manager.filter(pk=found.id).first()
        is_newest = newest.history_id == found.history_id
        context = {
            "line": described(found),
            "kind": kind,
            "differences": history.differences(old, new),
            "since": since,
            "is_newest": is_newest,
            "is_first": old is None,
            "row": obj,
            "back": page_of(obj) if obj else "",
            "versions": versions_url(kind, found.id),
            "may_restore": self.may_restore(request, kind) and obj is not None and not is_newest,
        }
        return self.desk_page(
            request, "admin/courses/version.html", _("A version of “%(name)s”") % {"name": name_of(found)}, **context
        )

    def may_restore(self, request, kind: str) -> bool:
        return kind in history.RESTORED and request.user.has_perm(f"courses.change_{kind}")

    def restore(self, request, kind, record):
        """Take an earlier version back."""
        model = self.kind_for(request, kind, "change")
        found = get_object_or_404(model.history.all(), history_id=record)
        try:
            obj = history.restore(record=found, actor=request.user)
        except DomainError as refusal:
            messages.error(request, _("It was not restored. %(reason)s") % {"reason": refusal.message})
            return redirect("admin:courses_version", kind, record)
        messages.success(request, _("The version is restored; the one before it stands in this list."))
        return HttpResponseRedirect(versions_url(kind, obj.pk))

    def timeline(self, request, pk):
        """All changes of a module and its parts, newest first. Queries: 11 and those of the frame."""
        module = self.row_to(request, pk, "view")
        try:
            rows, older = history.timeline(module, before_id=request.GET.get("before", ""))
        except DomainError as refusal:
            raise Http404(refusal.message) from refusal
        context = {"lines": [described(row) for row in rows], "older": older, "row": module, "back": change_url(module)}
        return self.desk_page(
            request, "admin/courses/timeline.html", _("All changes of “%(name)s”") % {"name": module}, **context
        )


def page_of(obj) -> str:
    """Return the page on which staff change a part."""
    return change_url(obj.unit if isinstance(obj, Medium) else page_part(obj))


def parts_of(obj) -> list:
    """Return the parts of a unit or question that have versions of their own. Queries: 2 at most."""
    if isinstance(obj, Unit):
        return [*obj.reflections.all(), *obj.media.all()]
    return list(obj.choices.all()) if isinstance(obj, Question) else []
