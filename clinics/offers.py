"""What clinics offer to lower floors; each subject registers its own in a function of its room."""

from django.utils.translation import gettext_lazy

from clinics import demo, desk, documents, employer_letter, found, invitation_lists, personal, sitemaps, texts
from clinics.application_card import application_card
from clinics.cards import clinic_card
from clinics.letters import admitted, announcements, applications, delegations, invitations, priorities, selection
from clinics.mailboxes import editions_to_write_to
from clinics.memberships import keys_of
from clinics.menu import load_menu_line
from clinics.services import announcing, deciding
from core import registry
from core.personal import Merger

registry.audiences.register("clinics", keys_of)
registry.cards.register("clinics", clinic_card)
registry.routes.register("clinics:edition_list", gettext_lazy("Clinics"))
registry.starters.register("menu line of clinics", load_menu_line)
registry.searchables.register("edition", found.EDITIONS)
registry.sitemaps.register("clinics", sitemaps.ClinicsSitemap)
registry.sitemaps.register("editions", sitemaps.EditionSitemap)
registry.mailboxes.register("clinics", editions_to_write_to)
registry.jobs.register(documents.NOTE, documents.NOTE_PDF)
texts.register_translatables()
registry.exporters.register("clinics", personal.export_clinics)
registry.erasers.register("clinics", personal.erase_clinics)
registry.mergers.register("clinics", Merger(preview=personal.preview_clinics, merge=personal.merge_clinics))
registry.cards.register("applications", application_card)
rooms = (announcements, applications, admitted, delegations, selection, priorities, invitations)
for kind in [kind for room in rooms for kind in room.KINDS]:
    registry.letter_kinds.register(kind.code, kind)
registry.desk.register("clinics", desk.waiting)
registry.demos.register("clinics", demo.demo_clinics)
registry.jobs.register(announcing.KIND, announcing.JOB)
registry.jobs.register(deciding.RELEASE, deciding.RELEASE_JOB)
registry.jobs.register(employer_letter.KIND, employer_letter.JOB)
registry.jobs.register(invitation_lists.KIND, invitation_lists.JOB)
