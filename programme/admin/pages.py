"""Pages and the menus that lead to them."""

from django import forms
from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core import registry
from core.admin import TranslatedAdmin, TranslatedForm, each_language
from programme.admin.base import PublishedAdmin
from programme.enums import Menu
from programme.models import MenuItem, Page

MOST = 6  # lines of the main menu: more do not stand beside each other
RENDERED = ["body_html", *each_language("body_html")]


@admin.register(Page)
class PageAdmin(PublishedAdmin):
    list_display = ["__str__", "section", "position", "state", "languages"]
    list_filter = ["state", "section", "is_archive"]
    list_per_page = 30
    search_fields = ["slug", *each_language("title")]
    prepopulated_fields = {"slug": ["title_en"]}
    rows = {"summary": 3, "body": 28, "sources": 5}
    fieldsets = [
        PublishedAdmin.standing,
        (_("Place"), {"fields": [("slug", "section"), ("position", "is_archive"), "source_language"]}),
        (_("Texts"), {"fields": [*map(each_language, ("title", "summary", "body", "sources"))]}),
    ]

    def get_queryset(self, request):
        """Leave the rendered texts out of the list; on the page of one row they must be saved anew."""
        rows, place = super().get_queryset(request), request.resolver_match
        return rows.defer(*RENDERED) if place and place.url_name.endswith("_changelist") else rows


class MenuForm(TranslatedForm):
    """A line leads to a page or to one of the portal's own."""

    route = forms.ChoiceField(label=_("or one of the portal’s own pages"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "route" in self.fields:
            choices = [(name, registry.routes[name]) for name in registry.routes.names()]
            self.fields["route"].choices = [("", "—"), *choices]

    def clean(self):
        data = super().clean() or self.cleaned_data
        others = MenuItem.objects.filter(menu=Menu.MAIN).exclude(pk=self.instance.pk)
        is_new = self.instance.pk is None or "menu" in self.changed_data
        if data.get("menu") == Menu.MAIN and is_new and others.count() >= MOST:
            self.add_error("menu", _("The main menu holds %(most)d lines: take one out first.") % {"most": MOST})
        return data


class MenuLineForm(forms.ModelForm):
    """A line of the list: the order is typed beside the name, which the field says aloud."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        position = self.fields["position"]
        position.widget.attrs["aria-label"] = f"{capfirst(position.label)}, {self.instance}"


@admin.register(MenuItem)
class MenuItemAdmin(TranslatedAdmin):
    """The menus: the order is edited in the list."""

    form = MenuForm
    list_display = ["__str__", "menu", "leads_to", "position", "languages"]
    list_editable = ["position"]
    list_filter = ["menu"]
    list_select_related = ["page"]
    list_per_page = 60
    fieldsets = [
        (None, {"fields": ["menu", "position", "page", "route"]}),
        (_("Texts"), {"fields": [each_language("label"), "source_language"]}),
    ]

    def get_changelist_form(self, request, **kwargs):
        return super().get_changelist_form(request, **(kwargs | {"form": MenuLineForm}))

    @admin.display(description=_("leads to"))
    def leads_to(self, item):
        """Return the page's title, with a word when its readers do not see it yet, or the name of the portal's own page."""
        if item.page and item.page.is_draft:
            return _("%(page)s (draft, so the line is hidden)") % {"page": item.page}
        return item.page or registry.routes.get(item.route) or item.route
