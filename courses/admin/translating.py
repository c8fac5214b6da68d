"""Translating a module beside its original, a page for the module and one for each unit."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.errors import DomainError
from core.paging import number
from courses.admin.base import change_url, drawing, page_part
from courses.admin.desk import DeskPages
from courses.models import Module
from courses.services import translating
from courses.services.translating import STALE, Change, Leaf, Line, NotSaved, lines_of

MOST = 120  # texts on one page: a form may hold a thousand fields


@dataclass
class Row:
    """One text on the page: as it stands, as it was typed, and what is wrong with it."""

    line: Line
    typed: str
    confirmed: bool = False
    fault: str = ""

    @property
    def kind(self) -> str:
        return self.line.part._meta.verbose_name

    @property
    def rows(self) -> int:
        """Return the height of the field: about as many lines as the longer text fills."""
        longest = max(self.line.source, self.typed, key=len)
        return min(30, 2 + len(longest) // 55 + longest.count("\n"))

    @property
    def is_stale(self) -> bool:
        return self.line.state == STALE

    @property
    def may_confirm(self) -> bool:
        """Say whether "still right" can be said: of what is stale, and of what may stay empty."""
        return self.line.needs_work and (self.is_stale or self.line.field not in self.line.part.required_texts)

    @property
    def drawings(self) -> list[str]:
        return [drawing(text) for text in (self.line.source, self.line.text)] if self.line.field == "svg" else []

    @property
    def url(self) -> str:
        return change_url(page_part(self.line.part))


class TranslatingDesk(DeskPages):
    """For the admin of modules."""

    def get_urls(self):
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.translate))
        return [path("<n:pk>/translate/<slug:language>/", view, name="courses_module_translate"), *super().get_urls()]

    def translate(self, request, pk, language):
        """One page of a module's texts, each original with its translation. Queries: 9, 4 of the frame, 1 a kind of part."""
        if language not in dict(settings.LANGUAGES):
            raise Http404(language)
        module = self.row_to(request, pk)
        leaves = translating.leaves(module, language)
        leaf = asked_leaf(leaves, request.GET.get("unit"))
        if request.method == "POST":
            changes = typed_changes(leaf, request.POST)
            try:
                saved = translating.save_translations(changes=changes)
            except DomainError as refusal:
                messages.error(request, refusal.message)
                faults = refusal.faults if isinstance(refusal, NotSaved) else {}
                leaves = translating.leaves(Module.objects.get(pk=pk), language)  # as they stand now
                leaf = asked_leaf(leaves, request.GET.get("unit"))
                return self.translate_page(request, module, language, leaves, leaf, changes, faults)
            self.tell_saved(request, module, saved)
            return HttpResponseRedirect(request.get_full_path())
        return self.translate_page(request, module, language, leaves, leaf)

    def tell_saved(self, request, module: Module, saved: int) -> None:
        text = ngettext("%(n)d text is saved or confirmed.", "%(n)d texts are saved or confirmed.", saved)
        messages.success(request, text % {"n": saved})
        if saved:
            self.log_change(request, module, [{"changed": {"fields": ["source_hashes"]}}])
        fresh = Module.objects.get(pk=module.pk)
        if fresh.state == "published":
            self.warn_of_gaps(request, fresh)

    def translate_page(self, request, module, language, leaves, leaf: Leaf, changes=(), faults=None):
        everything = request.GET.get("show") == "all" or not leaf.waiting
        typed = {change.line.key: change for change in changes}
        shown = [line for line in leaf.lines if everything or line.needs_work or line.key in typed]
        page = number(request.GET.get("page")) or 1
        pages = max(1, -(-len(shown) // MOST))
        if page > pages:
            raise Http404(page)
        shown = shown[(page - 1) * MOST : page * MOST]
        translating.show_changes(shown)
        faults = faults or {}
        rows = [
            Row(line, typed[line.key].text, typed[line.key].confirmed, faults.get(line.key, ""))
            if line.key in typed
            else Row(line, line.text)
            for line in shown
        ]
        here = {"unit": leaf.unit.pk if leaf.unit else "", "show": "all" if everything else "", "page": page}
        context = {
            "module": module,
            "back": change_url(module),
            "language": language,
            "language_name": dict(settings.LANGUAGES)[language],
            "leaf": leaf,
            "rows": rows,
            "everything": everything,
            "links": links(module, language, leaves, leaf, here, pages),
        }
        title = _("Translate: %(name)s") % {"name": leaf.name}
        return self.desk_page(
            request, "admin/courses/translate.html", title, status=400 if faults or changes else 200, **context
        )


def asked_leaf(leaves: list[Leaf], unit: str | None) -> Leaf:
    """Return the page of the unit that the address names, the module's own without one, or 404."""
    pk = number(unit)
    for leaf in leaves:
        if (leaf.unit.pk if leaf.unit else None) == pk:
            return leaf
    raise Http404(unit)


def typed_changes(leaf: Leaf, data) -> list[Change]:
    """Return what was sent for the texts of a page. Raises BadRequest for a mark that is none of ours."""
    found = []
    for line in leaf.lines:
        seen = data.get(f"seen:{line.key}")
        if seen is None:
            continue
        if len(seen) != 25 or seen[12] != ".":
            raise BadRequest("seen")
        text = lines_of(data.get(f"text:{line.key}", ""))
        found.append(Change(line, text, f"right:{line.key}" in data, seen))
    return found


def links(module: Module, language: str, leaves: list[Leaf], leaf: Leaf, here: dict, pages: int) -> dict[str, list[dict]]:
    """Return the rows of links: languages, pages of the module, what is shown, and further texts of a long page."""

    def link(label, code=language, **changed) -> dict:
        query = {name: value for name, value in (here | {"page": ""} | changed).items() if value}
        address = reverse("admin:courses_module_translate", args=[module.pk, code])
        return {"label": label, "url": f"{address}?{urlencode(query)}" if query else address, "here": False, "lang": ""}

    found = {
        "languages": [link(name, code) | {"here": code == language, "lang": code} for code, name in settings.LANGUAGES],
        "leaves": [
            link(one.name, unit=one.unit.pk if one.unit else "", show="")
            | {"here": one.unit == leaf.unit, "waiting": one.waiting}
            for one in leaves
        ],
        "shown": [
            link(_("Only what is stale or missing"), show="") | {"here": not here["show"]},
            link(_("All texts"), show="all") | {"here": bool(here["show"])},
        ],
        "pages": [link(str(n), page=n) | {"here": n == here["page"]} for n in range(1, pages + 1)] if pages > 1 else [],
    }
    return found
