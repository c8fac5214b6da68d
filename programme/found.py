"""What the index holds of the programme: only what is published, in the languages in which it stands whole."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from core import countries
from core.translations import LANGUAGES
from programme.models import (
    CountryFact,
    CountryProfile,
    Expert,
    FaqEntry,
    FaqTopic,
    GlossaryTerm,
    Mechanism,
    Newsletter,
    Page,
    Partner,
    Resource,
    SubRegion,
    Theme,
)
from search.sources import Doc, Source, plain, public


def in_each_language(row, title_of, texts_of):
    """Yield a document for each language in which a row stands whole. Args: title_of, texts_of: f(language) -> text, texts."""
    for code in row.languages():
        with override(code):
            yield Doc(language=code, title=title_of(code), text=plain(*texts_of(code)), url=row.get_absolute_url())


def page_documents(page: Page):
    return in_each_language(
        page, lambda code: page.text("title", code), lambda code: [page.text("summary", code), page.text("body", code)]
    )


def faq_documents(entry: FaqEntry):
    return in_each_language(
        entry,
        lambda code: entry.text("question", code),
        lambda code: [entry.text("answer", code), entry.topic.text("name", code)],
    )


def partner_documents(partner: Partner):
    def texts(code: str) -> list[str]:
        return [partner.text("abbreviation", code), partner.text("description", code), partner.country_name]

    return in_each_language(partner, lambda code: partner.text("name", code), texts)


def expert_documents(expert: Expert):
    def texts(code: str) -> list[str]:
        house = expert.organisation
        shown = house is not None and not house.is_draft
        return [expert.text("role", code), expert.text("bio", code), house.text("name", code) if shown else ""]

    return in_each_language(expert, lambda code: expert.name, texts)


def country_documents(profile: CountryProfile):
    def texts(code: str) -> list[str]:
        facts = [fact.text("body", code) for fact in profile.facts.all()]
        return [profile.text("summary", code), *facts, profile.sub_region.text("name", code)]

    return in_each_language(profile, lambda code: profile.name, texts)


def mechanism_documents(mechanism: Mechanism):
    """Yield a mechanism, in languages in which its short texts stand; a long text that is missing there is left out."""
    for code in LANGUAGES:
        if not mechanism.missing(code):
            with override(code):
                text = plain(*(mechanism.text(field, code) for field in ("definition", "caution", "body")))
                yield Doc(code, mechanism.text("name", code), text, mechanism.get_absolute_url())


def resource_documents(resource: Resource):
    def texts(code: str) -> list[str]:
        places = [countries.name(place.code) for place in resource.countries.all()]
        themes = [theme.text("name", code) for theme in resource.themes.all()]
        return [resource.text("summary", code), resource.authors, resource.get_kind_display(), *places, *themes]

    return in_each_language(resource, lambda code: resource.text("title", code), texts)


def newsletter_documents(issue: Newsletter):
    return in_each_language(issue, lambda code: issue.text("title", code), lambda code: [issue.text("body", code)])


PAGES = Source(label=_("The programme"), rows=lambda: Page.objects.in_state(), documents=page_documents)
ANSWERS = Source(
    label=_("Questions and answers"),
    rows=lambda: FaqEntry.objects.in_state().select_related("topic"),
    documents=faq_documents,
    parts={FaqTopic: lambda topic: topic.entries.values_list("pk", flat=True)},
)
PARTNERS = Source(label=_("Partners"), rows=lambda: Partner.objects.in_state(), documents=partner_documents)
EXPERTS = Source(
    label=_("Trainers and experts"),
    rows=lambda: Expert.objects.in_state().select_related("organisation"),
    documents=expert_documents,
    parts={Partner: lambda partner: partner.experts.values_list("pk", flat=True)},
)
COUNTRIES = Source(
    label=_("Countries"),
    rows=lambda: CountryProfile.objects.in_state().select_related("sub_region").prefetch_related("facts"),
    documents=country_documents,
    parts={
        CountryFact: lambda fact: [fact.profile_id],
        SubRegion: lambda region: region.countries.values_list("pk", flat=True),
    },
)
RESOURCES = Source(
    label=_("Library"),
    rows=lambda: Resource.objects.in_state().prefetch_related("countries", "themes"),
    documents=resource_documents,
    parts={Theme: lambda theme: theme.resources.values_list("pk", flat=True)},
)
NEWSLETTERS = Source(label=_("Newsletters"), rows=lambda: Newsletter.objects.in_state(), documents=newsletter_documents)
MECHANISMS = Source(
    label=_("Financing mechanisms"), rows=lambda: Mechanism.objects.all(), documents=mechanism_documents, audience=public
)


def term_documents(term: GlossaryTerm):
    """Yield a term with its definition, found at its place in the glossary."""
    for code in LANGUAGES:
        if not term.missing(code):
            with override(code):
                short = term.text("abbreviation", code)
                title = f"{term.text('term', code)} ({short})" if short else term.text("term", code)
                yield Doc(code, title, plain(term.text("definition", code)), f"{reverse('programme:glossary')}#g-{term.slug}")


TERMS = Source(label=_("Glossary"), rows=lambda: GlossaryTerm.objects.all(), documents=term_documents, audience=public)
