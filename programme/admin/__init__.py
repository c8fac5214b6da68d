"""The administration of the programme: one room a subject."""

from programme.admin import countries, faq, library, mailbox, newsletter, pages, people, vocabularies

__all__ = ["countries", "faq", "library", "mailbox", "newsletter", "pages", "people", "vocabularies"]
