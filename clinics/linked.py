"""What search engines are told about an edition: an event, its sessions, and the way to it."""

from django.urls import reverse
from django.utils.translation import gettext as _

from clinics.models import Edition
from clinics.outline import Plan
from core.linked_data import breadcrumbs, event, event_part


def of_edition(edition: Edition, plan: Plan, language: str) -> list[dict]:
    """Return an edition as an event online, with its live sessions, and the way to it. Pure but for addresses."""
    shown, path = edition.reading_language(language), edition.get_absolute_url()
    name = edition.text("title", shown)
    told = event(
        name=name,
        description=edition.text("summary", shown),
        path=path,
        begins=edition.starts_on,
        ends=edition.ends_on,
        languages=edition.languages,
        is_free=edition.is_free,
        apply_until=edition.apply_by if edition.takes_applications() else None,
        about=[block.title for block in plan.blocks],
        parts=[event_part(name=one.title, begins=one.starts_at, ends=one.ends_at) for one in plan.sessions],
    )
    return [told, breadcrumbs((_("Clinics"), reverse("clinics:edition_list")), (name, path))]
