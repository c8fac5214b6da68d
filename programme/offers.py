from django.utils.translation import gettext_lazy as _

from core import registry
from core.personal import Merger
from programme import bulletin, correspondence, desk, found, personal, waiting
from programme.demo import demo_mail
from programme.demo_newsletter import demo_newsletter
from programme.loaders.countries import load_countries
from programme.loaders.faq import load_faq
from programme.loaders.library import load_library
from programme.loaders.mailbox import load_canned_answers
from programme.loaders.menus import load_menus
from programme.loaders.pages import load_pages
from programme.loaders.people import load_partners, load_team
from programme.loaders.vocabularies import (
    load_glossary,
    load_goals,
    load_mechanisms,
    load_pillars,
    load_sub_regions,
    load_themes,
)
from programme.services.library import files_follow
from programme.services.newsletter import ISSUE
from programme.services.people import photos_follow
from programme.sitemaps import (
    AboutSitemap,
    CountrySitemap,
    FaqSitemap,
    GlossarySitemap,
    MechanismSitemap,
    NewsletterSitemap,
    PageSitemap,
    ResourceSitemap,
    VocabularySitemap,
)
from reminders.inbound.handlers import MAILBOX

registry.starters.register("goals", load_goals)
registry.starters.register("pillars", load_pillars)
registry.starters.register("sub-regions", load_sub_regions)
registry.starters.register("themes", load_themes)
registry.starters.register("glossary", load_glossary)
registry.starters.register("mechanisms", load_mechanisms)
registry.starters.register("countries", load_countries)
registry.starters.register("pages", load_pages)
registry.starters.register("faq", load_faq)
registry.starters.register("partners", load_partners)
registry.starters.register("team", load_team)
registry.starters.register("library", load_library)
registry.starters.register("menus", load_menus)
registry.starters.register("canned answers", load_canned_answers)
registry.sitemaps.register("glossary", GlossarySitemap)
registry.sitemaps.register("about", AboutSitemap)
registry.sitemaps.register("pages", PageSitemap)
registry.sitemaps.register("faq", FaqSitemap)
registry.sitemaps.register("vocabularies", VocabularySitemap)
registry.sitemaps.register("countries", CountrySitemap)
registry.sitemaps.register("mechanisms", MechanismSitemap)
registry.sitemaps.register("library", ResourceSitemap)
registry.sitemaps.register("newsletter", NewsletterSitemap)
registry.searchables.register("term", found.TERMS)
registry.searchables.register("page", found.PAGES)
registry.searchables.register("faq", found.ANSWERS)
registry.searchables.register("partner", found.PARTNERS)
registry.searchables.register("expert", found.EXPERTS)
registry.searchables.register("country", found.COUNTRIES)
registry.searchables.register("mechanism", found.MECHANISMS)
registry.searchables.register("resource", found.RESOURCES)
registry.searchables.register("newsletter", found.NEWSLETTERS)
registry.followers.register("expert photos", photos_follow)
registry.followers.register("library files", files_follow)
registry.jobs.register(ISSUE, bulletin.JOB)
registry.exporters.register("programme", personal.export_programme)
registry.erasers.register("programme", personal.erase_programme)
registry.mergers.register("programme", Merger(preview=personal.preview_programme, merge=personal.merge_programme))
registry.desk.register("mailbox", waiting.mail_waiting)
registry.inbound.register(MAILBOX, correspondence.NEW)
registry.inbound.register(correspondence.ADDRESS, correspondence.ANSWERED)
registry.demos.register("mailbox", demo_mail)
registry.demos.register("newsletter", demo_newsletter)
for kind in [*correspondence.KINDS, *bulletin.KINDS]:
    registry.letter_kinds.register(kind.code, kind)

for name, label in {
    "programme:page_list": _("About the programme"),
    "programme:country_list": _("Countries"),
    "programme:resource_list": _("Library"),
    "programme:faq": _("Questions and answers"),
    "programme:glossary": _("Glossary"),
    "programme:mechanism_list": _("Financing mechanisms"),
    "programme:vocabulary_list": _("Goals, pillars, sub-regions and themes"),
    "programme:partner_list": _("Partners"),
    "programme:expert_list": _("Team of trainers"),
    "programme:newsletter": _("Newsletter"),
    "programme:contact": _("Contact"),
    "accounts:privacy": _("Privacy"),
    "search:search": _("Search"),
}.items():
    registry.routes.register(name, label)

desk.register_translatables()
