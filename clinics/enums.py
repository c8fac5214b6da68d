from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Act(models.TextChoices):
    """What may be done in an edition, depending on its state."""

    SHOW = "show", _("show its public page")
    PLAN = "plan", _("change weeks, blocks and dates")
    APPLY = "apply", _("apply in the open call")
    INVITE = "invite", _("nominate and invite people")
    JOIN = "join", _("accept a seat")
    REVIEW = "review", _("review applications")
    RELEASE = "release", _("release decisions and make offers")
    WRITE = "write", _("write and sign priorities")
    SWAP = "swap", _("replace and withdraw delegates")


class EditionState(models.TextChoices):
    """Where an edition stands. `allows` is the only place that says what each state allows."""

    DRAFT = "draft", _("Draft")
    CALL_OPEN = "call_open", _("Call open")
    SELECTION = "selection", _("Selection")
    PREPARATION = "preparation", _("Preparation")
    RUNNING = "running", pgettext_lazy("edition", "Running")
    FOLLOW_UP = "follow_up", _("Follow-up")
    CLOSED = "closed", pgettext_lazy("edition", "Closed")

    @property
    def allows(self) -> frozenset[Act]:
        """Return what may be done in this state."""
        return {
            "draft": frozenset({Act.PLAN}),
            "call_open": frozenset({Act.SHOW, Act.PLAN, Act.APPLY, Act.INVITE, Act.JOIN, Act.REVIEW, Act.SWAP}),
            "selection": frozenset({Act.SHOW, Act.PLAN, Act.INVITE, Act.JOIN, Act.REVIEW, Act.RELEASE, Act.SWAP}),
            "preparation": frozenset({Act.SHOW, Act.PLAN, Act.INVITE, Act.JOIN, Act.RELEASE, Act.WRITE, Act.SWAP}),
            "running": frozenset({Act.SHOW, Act.PLAN, Act.INVITE, Act.JOIN, Act.RELEASE, Act.WRITE, Act.SWAP}),
            "follow_up": frozenset({Act.SHOW, Act.SWAP}),
            "closed": frozenset({Act.SHOW}),
        }[self.value]

    @property
    def next(self) -> "EditionState | None":
        """Return the state that follows, None after the last."""
        order = list(EditionState)
        place = order.index(self) + 1
        return order[place] if place < len(order) else None


class ActivityKind(models.TextChoices):
    """What a week holds besides its blocks. Self-assessment and evaluation are places that surveys fill."""

    REFRESHER = "refresher", _("Technical refresher")
    SELF_ASSESSMENT = "self_assessment", _("Self-assessment")
    PRIORITIES = "priorities", _("Country priorities")
    PRESENTATIONS = "presentations", _("Presentations of the groups")
    EVALUATION = "evaluation", _("Evaluation")


class SessionKind(models.TextChoices):
    WEBINAR = "webinar", _("Webinar")
    GROUP_WORK = "group_work", _("Group work")
    BRIEFING = "briefing", _("Briefing")


class TeamRole(models.TextChoices):
    MANAGER = "manager", _("Activity manager")
    ASSISTANT = "assistant", _("Activity assistant")
    TUTOR = "tutor", _("Tutor")
    FACILITATOR = "facilitator", _("Facilitator")
    SPEAKER = "speaker", _("Invited speaker")
    INTERPRETER = "interpreter", _("Interpreter")
    FOCAL_POINT = "focal_point", _("Country focal point")
    OBSERVER = "observer", _("Observer")

    @property
    def leads(self) -> bool:
        """Say whether this role sees what the team sees: delegations, priorities in writing, who is behind."""
        return self.value in ("manager", "assistant", "tutor", "facilitator")

    @property
    def attends(self) -> bool:
        """Say whether this role reads what participants read."""
        return self.leads or self.value == "observer"


class DelegateRole(models.TextChoices):
    HEAD = "head", _("Head of delegation")
    MEMBER = "member", _("Member")


class DelegateState(models.TextChoices):
    ACTIVE = "active", pgettext_lazy("delegate", "Takes part")
    REPLACED = "replaced", pgettext_lazy("delegate", "Replaced")
    WITHDRAWN = "withdrawn", pgettext_lazy("delegate", "Withdrawn")


class InvitationState(models.TextChoices):
    OPEN = "open", pgettext_lazy("invitation", "Waiting for an answer")
    ACCEPTED = "accepted", pgettext_lazy("invitation", "Accepted")
    DECLINED = "declined", pgettext_lazy("invitation", "Declined")
    EXPIRED = "expired", pgettext_lazy("invitation", "Expired")
    REVOKED = "revoked", pgettext_lazy("invitation", "Taken back")


class ApplicationState(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("application", "Draft")
    SUBMITTED = "submitted", pgettext_lazy("application", "Received")
    WAITING = "waiting", pgettext_lazy("application", "On the waiting list")
    OFFERED = "offered", pgettext_lazy("application", "Seat offered")
    ACCEPTED = "accepted", pgettext_lazy("application", "Seat accepted")
    NOT_SELECTED = "not_selected", pgettext_lazy("application", "Not selected")
    REFUSED = "refused", pgettext_lazy("application", "Offer declined")
    EXPIRED = "expired", pgettext_lazy("application", "Offer expired")
    WITHDRAWN = "withdrawn", pgettext_lazy("application", "Withdrawn")


class Decision(models.TextChoices):
    """What staff decide about an application; nobody learns of it before the release."""

    OFFER = "offer", _("Offer a seat")
    WAIT = "wait", _("Waiting list")
    DECLINE = "decline", _("Do not select")


class DecisionReason(models.TextChoices):
    """Why an applicant waits or was passed over, in words that she reads in her language."""

    GROUP_FULL = "group_full", _("All seats of your group in this country are taken.")
    COUNTRY_FULL = "country_full", _("All seats of this country are taken.")
    OTHER_COUNTRY = "other_country", _("Your country does not take part in this edition.")
    BALANCE = "balance", _("The delegation needed a balance between sides, and between women and men.")
    STRONGER = "stronger", _("Other applications answered the criteria more closely.")
    AUDIENCE = "audience", _("This edition is for people with another function.")
    INCOMPLETE = "incomplete", _("The application did not say enough to be judged.")


class Funding(models.TextChoices):
    """How an applicant will be able to follow."""

    WORK_TIME = "work_time", _("My employer gives me the time and the line")
    OWN_TIME = "own_time", _("I follow in my own time, with my own line")
    NEEDS_DATA = "needs_data", _("I need support to pay for data")
    OTHER = "other", pgettext_lazy("funding", "Something else")


class ReviewState(models.TextChoices):
    OPEN = "open", pgettext_lazy("review", "To do")
    DONE = "done", pgettext_lazy("review", "Done")
    CONFLICT = "conflict", _("Conflict of interest")


class CriterionPurpose(models.TextChoices):
    COUNTRY = "country", _("To select countries")
    PERSON = "person", _("To select applicants")


class CandidateDecision(models.TextChoices):
    OPEN = "open", pgettext_lazy("country", "Open")
    SELECTED = "selected", pgettext_lazy("country", "Selected")
    NOT_SELECTED = "not_selected", pgettext_lazy("country", "Not selected")


class PriorityField(models.TextChoices):
    """What a delegation says of its country, in this order."""

    PLAN_GOAL = "plan_goal", _("Goal of the national plan")
    DEFICIT = "deficit", _("Decent-work deficit")
    SDG_TARGET = "sdg_target", _("Target of the Sustainable Development Goals")
    FRAMEWORK_LINK = "framework_link", _("Link with the Decent Work Country Programme and the UN cooperation framework")
    FINANCING_GAP = "financing_gap", _("Present financing and gap")
    MECHANISMS = "mechanisms", _("Candidate financing mechanisms")
    INFF_STAGE = "inff_stage", _("Stage of the integrated national financing framework")
    INSTITUTION = "institution", _("Institution in charge")
    SOCIAL_PARTNERS = "social_partners", _("Role of the social partners")
    OBSTACLE = "obstacle", _("Main obstacle")
    SUPPORT_SOUGHT = "support_sought", _("Support sought from peers")
    SUPPORT_OFFERED = "support_offered", _("Support offered to peers")

    @property
    def is_coded(self) -> bool:
        """Say whether its text is made of codes, one a line, and not of words."""
        return self.value in ("mechanisms", "inff_stage")


class PrioritiesState(models.TextChoices):
    WRITING = "writing", pgettext_lazy("priorities", "Being written")
    PUBLISHED = "published", pgettext_lazy("priorities", "Published to the clinic")


class AnnouncementAudience(models.TextChoices):
    EVERYONE = "everyone", _("Everyone in the edition")
    PARTICIPANTS = "participants", _("All participants")
    TEAM = "team", _("The team")
    DELEGATION = "delegation", _("One delegation")
    APPLICANTS = "applicants", _("Applicants who wait for a decision")
    NOT_ANSWERED = "not_answered", _("Invited, not answered yet")
    NOT_STARTED = "not_started", _("Accepted, refresher not begun")
    NOT_SIGNED = "not_signed", _("Sides that have not signed their country’s priorities")


class CopyPart(models.TextChoices):
    """What of an edition may be taken into its copy. People, and whatever they did or were sent, are no part."""

    TEXTS = "texts", _("Texts of the edition")
    PLAN = "plan", _("Weeks, building blocks and activities")
    MODULES = "modules", _("Modules of the blocks")
    SESSIONS = "sessions", _("Live sessions")
    CRITERIA = "criteria", _("Criteria, with their weights")
    COUNTRIES = "countries", _("Countries with their seats")
