"""What the index holds of editions: those that are published, in the languages in which they stand whole."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from clinics.models import Block, Delegation, Edition
from core import countries
from core.translations import LANGUAGES
from programme.models import SubRegion
from search.sources import Doc, Source, plain


def edition_documents(edition: Edition):
    """Yield an edition's texts, with its sub-region, countries and blocks."""
    for code in LANGUAGES:
        if not edition.missing(code):
            with override(code):
                names = [countries.name(one.country) for one in edition.delegations.all()]
                blocks = [block.text(field, code) for block in edition.blocks.all() for field in ("title", "objectives")]
                own = (edition.text("summary", code), edition.text("description", code))
                text = plain(*own, edition.sub_region.text("name", code), *names, *blocks)
                yield Doc(code, edition.text("title", code), text, edition.get_absolute_url())


EDITIONS = Source(
    label=_("Clinics"),
    rows=lambda: Edition.objects.in_state().select_related("sub_region").prefetch_related("delegations", "blocks"),
    documents=edition_documents,
    parts={
        Block: lambda block: [block.edition_id],
        Delegation: lambda delegation: [delegation.edition_id],
        SubRegion: lambda region: region.editions.values_list("pk", flat=True),
    },
)
