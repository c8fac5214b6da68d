"""What waits for staff: drafts, and texts for the translation desk."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import registry
from core.cards import Waiting
from core.translating import Text, Translatable, in_admin
from programme import models
from programme.enums import State
from programme.models.base import Published

ON_THEIR_PAGES = [
    models.Page, models.MenuItem, models.FaqTopic, models.FaqEntry, models.Partner, models.Expert, models.CountryProfile,
    models.Resource, models.Newsletter, models.CannedAnswer, models.GlossaryTerm, models.Mechanism, models.Theme,
    models.SubRegion, models.Goal, models.Pillar,
]  # fmt: skip
PUBLISHED = [model for model in ON_THEIR_PAGES if issubclass(model, Published)]


def fact_texts():
    """Every fact about a country, written on the page of its profile. Queries: 1."""
    places: dict[int, int] = {}
    for fact in models.CountryFact.objects.select_related("profile").order_by("profile", "pk"):
        place = places[fact.profile_id] = places.get(fact.profile_id, -1) + 1
        page = reverse("admin:programme_countryprofile_change", args=[fact.profile_id])
        yield Text(fact, lambda name, language, page=page, place=place: f"{page}#id_facts-{place}-{name}_{language}")


def register_translatables() -> None:
    """Offer every translated model of the programme to the translation desk."""
    for model in ON_THEIR_PAGES:
        offer = Translatable(model._meta.verbose_name_plural, in_admin(model.objects.all))
        registry.translatables.register(model._meta.label_lower, offer)
    facts = Translatable(gettext_lazy("facts about countries"), fact_texts)
    registry.translatables.register("programme.countryfact", facts)


@registry.desk("programme")
def drafts_waiting(user):
    """Drafts of each kind that has any, with its list. Queries: 1 a kind."""
    lines = []
    for model in PUBLISHED:
        drafts = model.objects.filter(state=State.DRAFT).count()
        if drafts:
            meta = model._meta
            page = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
            what = _("Drafts: %(kind)s") % {"kind": meta.verbose_name_plural}
            lines.append(Waiting(what, drafts, f"{page}?state__exact={State.DRAFT}"))
    return lines
