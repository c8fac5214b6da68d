"""What waits in the editions under way, and the editions themselves, for the first page of the administration."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinics.enums import ActivityKind, ApplicationState, EditionState, InvitationState, ReviewState
from clinics.models import Activity, Application, Delegate, Edition, Invitation, Review
from clinics.services.deciding import OPEN
from clinics.services.priorities import unsigned
from core.cards import Waiting
from core.time import day, moment

SOON = timedelta(days=2)  # before the end of an invitation
SIGN_WITHIN = timedelta(days=7)  # before the priorities are due
MOST = 12  # editions shown
SELECT, CHANGE = "clinics.select_edition", "clinics.change_edition"


def under_way():
    """Return the editions that are not closed, the next to begin first."""
    return Edition.objects.exclude(state=EditionState.CLOSED).order_by("starts_on", "slug")


# What waits ---------------------------------------------------------------------------------------
def number_of(rows, edition: str = "edition"):
    """Return the subquery that counts rows of an edition. Args: edition: the lookup of the edition."""
    counted = rows.filter(**{edition: OuterRef("pk")}).order_by().values(edition).annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n")), 0)


def to_review():
    """Return the reviews that are not written, of applications about which nothing was released."""
    rows = Review.objects.filter(state=ReviewState.OPEN, application__state=ApplicationState.SUBMITTED)
    return rows.filter(application__released_at=None)


def unreleased():
    """Return the applications whose decision stands and that nobody was told."""
    return Application.objects.filter(state__in=OPEN, released_at=None).exclude(decision="")


def ending_offers(now):
    """Return the offers that end within a day."""
    soon = {"offer_until__gt": now, "offer_until__lte": now + timedelta(days=1)}
    return Application.objects.filter(state=ApplicationState.OFFERED, **soon)


def ending_invitations(now):
    """Return the invitations without an answer that end soon."""
    return Invitation.objects.filter(state=InvitationState.OPEN, expires_at__gt=now, expires_at__lte=now + SOON)


def signing_due(now):
    """Return the subquery of the day until which an edition's priorities are signed."""
    rows = Activity.objects.filter(week__edition=OuterRef("pk"), kind=ActivityKind.PRIORITIES)
    return Subquery(rows.order_by("due_on").values("due_on")[:1])


LINES = [  # annotation, what waits, page of the edition, permission
    ("reviews_open", gettext_lazy("Applications to review in “%(edition)s”"), "reviews", SELECT),
    ("decided", gettext_lazy("Decisions not released in “%(edition)s”"), "decisions", SELECT),
    ("offers_ending", gettext_lazy("Offers that end within a day in “%(edition)s”"), "decisions", SELECT),
    ("unanswered", gettext_lazy("Invitations that end within two days in “%(edition)s”"), "who_has_not", CHANGE),
    ("not_signed", gettext_lazy("Delegates whose side has not signed in “%(edition)s”"), "who_has_not", CHANGE),
]  # fmt: skip


def waiting(user) -> list[Waiting]:
    """Return what waits, a line for each edition and kind where something does. Queries: 1, 0 for who manages none."""
    if not user.has_perm(CHANGE) and not user.has_perm(SELECT):
        return []
    now = timezone.now()
    rows = under_way().exclude(state=EditionState.DRAFT).annotate(
        reviews_open=number_of(to_review(), "application__edition"),
        decided=number_of(unreleased()),
        offers_ending=number_of(ending_offers(now)),
        unanswered=number_of(ending_invitations(now)),
        not_signed=number_of(unsigned(Delegate.objects.all())),
        sign_by=signing_due(now),
    )  # fmt: skip
    return [line for edition in rows[:MOST] for line in lines_of(edition, user, now)]


def lines_of(edition: Edition, user, now) -> list[Waiting]:
    """Return the lines of one edition that are not empty. Pure but for permissions."""
    found = []
    for name, what, page, permission in LINES:
        count = getattr(edition, name)
        if not count or not user.has_perm(permission) or (name == "not_signed" and not must_sign(edition, now)):
            continue
        note = _("by %(day)s") % {"day": day(edition.sign_by)} if name == "not_signed" else ""
        found.append(Waiting(what % {"edition": edition}, count, address(page, edition), note))
    return found


def must_sign(edition: Edition, now) -> bool:
    """Say whether an edition's priorities are due within SIGN_WITHIN, or were. Pure."""
    may = edition.state in (EditionState.PREPARATION, EditionState.RUNNING)
    return may and edition.sign_by is not None and edition.sign_by - edition.today(now) <= SIGN_WITHIN


# The editions -------------------------------------------------------------------------------------
LINKS = [  # page, label, permission
    ("invitations", gettext_lazy("Invitations"), CHANGE),
    ("balance", gettext_lazy("Balance sheet"), SELECT),
    ("decisions", gettext_lazy("Decisions"), SELECT),
    ("delegations", gettext_lazy("Delegations"), CHANGE),
    ("who_has_not", gettext_lazy("Who has not"), CHANGE),
    ("announce", gettext_lazy("Announce"), CHANGE),
]


@dataclass(frozen=True)
class UnderWay:
    """One edition of the first page: what it is, when something happens next, and where its tasks are."""

    title: str
    state: str
    when: str
    url: str
    links: list[tuple[str, str]]


def editions_under_way(user) -> list[UnderWay]:
    """Return the editions under way with links to what is done in them; none for who may not. Queries: 1."""
    if not user.has_perm("clinics.view_edition"):
        return []
    links = [(page, label) for page, label, permission in LINKS if user.has_perm(permission)]
    return [
        UnderWay(
            str(edition),
            edition.get_state_display(),
            next_date(edition),
            reverse("admin:clinics_edition_change", args=[edition.pk]),
            [(label, address(page, edition)) for page, label in links],
        )
        for edition in under_way()[:MOST]
    ]


def next_date(edition: Edition) -> str:
    """Return what happens next, with its day, in the reader's language. Pure."""
    today = edition.today()
    if edition.state == EditionState.CALL_OPEN and edition.apply_by:
        return _("applications until %(moment)s") % {"moment": moment(edition.apply_by)}
    if today < edition.starts_on:
        return _("begins on %(day)s") % {"day": day(edition.starts_on)}
    if today <= edition.ends_on:
        return _("until %(day)s") % {"day": day(edition.ends_on)}
    return _("ended on %(day)s") % {"day": day(edition.ends_on)}


def address(page: str, edition: Edition) -> str:
    """Return the address of a page of an edition's administration. Pure."""
    return reverse(f"admin:clinics_edition_{page}", args=[edition.pk])
