"""What the programme is: vocabularies, pages, questions, people, countries, library, mailbox."""

from programme.models.countries import CountryFact, CountryProfile
from programme.models.faq import FaqEntry, FaqTopic, FaqVote
from programme.models.library import Document, Resource, ResourceCountry
from programme.models.mailbox import CannedAnswer, Enquiry, Message
from programme.models.newsletter import Newsletter, Subscription
from programme.models.pages import MenuItem, Page
from programme.models.people import Expert, Partner
from programme.models.vocabularies import GlossaryTerm, Goal, Mechanism, Pillar, SubRegion, Theme

__all__ = [
    "CannedAnswer",
    "CountryFact",
    "CountryProfile",
    "Document",
    "Enquiry",
    "Expert",
    "FaqEntry",
    "FaqTopic",
    "FaqVote",
    "GlossaryTerm",
    "Goal",
    "Mechanism",
    "MenuItem",
    "Message",
    "Newsletter",
    "Page",
    "Partner",
    "Pillar",
    "Resource",
    "ResourceCountry",
    "SubRegion",
    "Subscription",
    "Theme",
]
