from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    """Of what staff write for readers."""

    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class Section(models.TextChoices):
    PROGRAMME = "programme", _("The programme")
    COOPERATION = "cooperation", _("Development cooperation")
    ARCHIVE = "archive", _("Archive")
    LEGAL = "legal", _("Legal")


class Menu(models.TextChoices):
    MAIN = "main", _("Main menu")
    FOOTER = "footer", _("Foot of the page")
    LEGAL = "legal", _("Legal line")


class Sector(models.TextChoices):
    """Whose money it is."""

    PUBLIC = "public", pgettext_lazy("money", "Public")
    PRIVATE = "private", pgettext_lazy("money", "Private")
    BOTH = "both", pgettext_lazy("money", "Public and private")


class Origin(models.TextChoices):
    """Where the money comes from."""

    DOMESTIC = "domestic", pgettext_lazy("money", "Domestic")
    INTERNATIONAL = "international", pgettext_lazy("money", "International")
    BOTH = "both", pgettext_lazy("money", "Domestic and international")


class InffStage(models.TextChoices):
    """How far a country is with its integrated national financing framework."""

    NOT_FOUND = "not_found", _("No public information found")
    INCEPTION = "inception", _("Inception")
    ASSESSMENT = "assessment", _("Assessment and diagnostics")
    STRATEGY = "strategy", _("Financing strategy")
    IMPLEMENTATION = "implementation", _("Implementation")


class Accelerator(models.TextChoices):
    """A country's place in the Global Accelerator on Jobs and Social Protection for Just Transitions."""

    NOT_LISTED = "not_listed", _("Not listed")
    INTEREST = "interest", _("Interest declared")
    PATHFINDER = "pathfinder", _("Pathfinder country")
    ROADMAP = "roadmap", _("Pathfinder country with a roadmap")


class FactKind(models.TextChoices):
    INFF = "inff", _("Integrated national financing framework")
    COOPERATION_FRAMEWORK = "cooperation_framework", _("United Nations cooperation framework")
    DECENT_WORK_PROGRAMME = "decent_work_programme", _("Decent Work Country Programme")
    ACCELERATOR = "accelerator", _("Global Accelerator")
    NATIONAL_PLAN = "national_plan", _("National plan")
    SOCIAL_PARTNERS = "social_partners", _("Social partners")
    SOCIAL_PROTECTION = "social_protection", _("Social protection")


class PartnerKind(models.TextChoices):
    PROGRAMME = "programme", _("Behind the programme")
    UN_AGENCY = "un_agency", _("United Nations agencies")
    FINANCING_AGENCY = "financing_agency", _("Financing agencies")
    INITIATIVE = "initiative", _("Initiatives")
    GOVERNMENT = "government", _("Ministries")
    WORKERS = "workers", _("Workers’ organisations")
    EMPLOYERS = "employers", _("Employers’ organisations")
    RESEARCH = "research", _("Research and training")


class ExpertKind(models.TextChoices):
    TEAM = "team", _("Programme team")
    TRAINER = "trainer", _("Trainers")
    INVITED = "invited", _("Invited experts")


class ResourceKind(models.TextChoices):
    PUBLICATION = "publication", _("Publication")
    REPORT = "report", _("Report")
    FACTSHEET = "factsheet", _("Factsheet")
    NEWSLETTER = "newsletter", _("Newsletter")
    GUIDELINE = "guideline", _("Guideline")
    ARTICLE = "article", _("Article")
    RECORDING = "recording", _("Recording")


class Licence(models.TextChoices):
    LINKED = "linked", _("All rights with the publisher; linked, not copied")
    CC_BY = "cc-by-4.0", _("Creative Commons Attribution 4.0")
    CC_BY_SA = "cc-by-sa-4.0", _("Creative Commons Attribution-ShareAlike 4.0")
    CC_BY_NC = "cc-by-nc-4.0", _("Creative Commons Attribution-NonCommercial 4.0")
    CC_BY_NC_SA = "cc-by-nc-sa-4.0", _("Creative Commons Attribution-NonCommercial-ShareAlike 4.0")
    CC_BY_NC_SA_IGO = "cc-by-nc-sa-3.0-igo", _("Creative Commons Attribution-NonCommercial-ShareAlike 3.0 IGO")
    PUBLIC_DOMAIN = "public-domain", _("Public domain")
    PERMISSION = "permission", _("With the publisher’s permission")


class SubscriptionState(models.TextChoices):
    ASKED = "asked", pgettext_lazy("subscription", "Waiting for confirmation")
    CONFIRMED = "confirmed", pgettext_lazy("subscription", "Confirmed")
    ENDED = "ended", pgettext_lazy("subscription", "Ended")


class EnquiryState(models.TextChoices):
    NEW = "new", pgettext_lazy("enquiry", "New")
    OPEN = "open", pgettext_lazy("enquiry", "Open")
    WAITING = "waiting", pgettext_lazy("enquiry", "Waiting for the writer")
    CLOSED = "closed", pgettext_lazy("enquiry", "Closed")
    SPAM = "spam", pgettext_lazy("enquiry", "Held as spam")


class MessageKind(models.TextChoices):
    INCOMING = "incoming", pgettext_lazy("message", "From the writer")
    REPLY = "reply", pgettext_lazy("message", "Reply")
    NOTE = "note", pgettext_lazy("message", "Internal note")
