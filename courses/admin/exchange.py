"""A module as a zip: export, and import after a rehearsal that names every fault with file and line."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.validators import validate_slug
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from core.archives import Archive
from core.models import StoredFile
from core.services import record_event, store_file
from core.starter import ContentError
from courses.admin.base import change_url
from courses.exchange.loading import load_module
from courses.exchange.writing import archive_of
from courses.models import Module

ZIP_MOST = 100 * 2**20
ZIP = "application/zip"


class ImportForm(forms.Form):
    """A zip, or the one that was rehearsed; perhaps another address than its folder's name."""

    zip = forms.FileField(label=gettext_lazy("Module (zip)"), required=False, allow_empty_file=True)
    kept = forms.UUIDField(required=False, widget=forms.HiddenInput)
    slug = forms.CharField(
        label=gettext_lazy("Under another address"),
        required=False,
        max_length=80,
        validators=[validate_slug],
        help_text=gettext_lazy("Empty: the name of the folder in the zip. A module that stands there is changed."),
    )

    def clean_zip(self):
        upload = self.cleaned_data["zip"]
        if upload and upload.size > ZIP_MOST:
            raise forms.ValidationError(_("This file is too large. At most %(mb)d MB.") % {"mb": ZIP_MOST // 2**20})
        return upload

    def clean(self):
        data = super().clean()
        if not self.errors and not data.get("zip") and not data.get("kept"):
            self.add_error("zip", _("Choose a zip file."))
        return data


class ExchangeDesk:
    """For the admin of modules: two addresses, `export` of one module and `import` of any."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<n:pk>/export/", view(require_safe(self.export_one)), name="courses_module_export"),
            path("import/", view(require_http_methods(["GET", "HEAD", "POST"])(self.import_zip)), name="courses_module_import"),
            *super().get_urls(),
        ]

    def export_one(self, request, pk: int):
        """Give a module as a zip. Logged."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        module = get_object_or_404(Module, pk=pk)
        data = archive_of(module)
        record_event(actor=request.user, act="export", obj=module, after={"bytes": len(data)})
        name = f'attachment; filename="{module.slug}.zip"'
        return HttpResponse(data, content_type=ZIP, headers={"Content-Disposition": name})

    def import_zip(self, request):
        """Ask for a zip; rehearse it and show what it would change; change it when that is confirmed."""
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
        context = {"form": form, "title": _("Import a module"), "faults": [], "changes": None}
        if form.is_valid():
            return self._take(request, form, context)
        return self._page(request, context, 400 if form.is_bound else 200)

    def _take(self, request, form, context: dict):
        upload, slug = form.cleaned_data["zip"], form.cleaned_data["slug"]
        kept = None if upload else _kept_by(request.user).filter(key=form.cleaned_data["kept"]).first()
        if not upload and kept is None:
            form.add_error("zip", _("The zip that was rehearsed is gone. Choose it again."))
            return self._page(request, context, 400)
        try:
            archive = Archive((upload or kept.file).open("rb"))
            changes = load_module(archive, slug=slug, actor=request.user, rehearse=bool(upload))
        except ContentError as error:
            return self._page(request, context | {"faults": getattr(error, "faults", [error])}, 400)
        if kept:
            _forget(request.user)
            module = Module.objects.get(slug=slug or archive.name)
            messages.success(request, _("“%(module)s” is imported.") % {"module": module})
            return redirect(change_url(module))
        context |= {"changes": changes, "slug": slug or archive.name, "kept": _keep(request.user, upload).key, "other": slug}
        return self._page(request, context, 200)

    def _page(self, request, context: dict, status: int):
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, "admin/courses/module/import.html", context, status=status)


def _kept_by(user):
    """Return the zips that a person has rehearsed and not imported."""
    return StoredFile.objects.filter(audience=f"user.{user.pk}", content_type=ZIP, name="import.zip")


def _keep(user, upload) -> StoredFile:
    """Keep a rehearsed zip until it is confirmed; an older one of the same person goes."""
    _forget(user)
    upload.seek(0)
    return store_file(data=upload.read(), name="import.zip", content_type=ZIP, audience=f"user.{user.pk}")


def _forget(user) -> None:
    for stored in _kept_by(user):
        stored.file.delete(save=False)
        stored.delete()
