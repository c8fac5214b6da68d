"""The demonstration of an open call: applications in every state, reviews, decisions, a waiting list, invitations."""

from datetime import timedelta

from django.utils import timezone

from clinics.asked import AGREED
from clinics.enums import Decision, DecisionReason, EditionState, Funding
from clinics.models import Application, Edition, Review
from clinics.models.selection import MOST_POINTS
from clinics.services.applications import begin_application, extend_deadline, hand_in, save_field
from clinics.services.deciding import decide, preview, release
from clinics.services.editions import move_edition
from clinics.services.invitations import decline_invitation, invite
from clinics.services.offers import accept_offer, withdraw_application
from clinics.services.reviewing import assign_reviews, criteria_of, save_review
from core.jobs import perform

RELEASED = {
    Decision.OFFER: (["workers-gh", "labour-sn"], ""),
    Decision.WAIT: (["workers2-gh", "workers3-gh"], DecisionReason.GROUP_FULL),
    Decision.DECLINE: (["research-sn"], DecisionReason.BALANCE),
}
ACCEPTS, WITHDRAWS, DRAFT, TO_RELEASE = "labour-sn", "labour-sl", "workers-sl", "employers-sn"
NOT_REVIEWED = "finance-gh"


def fill_call(edition: Edition, told: dict, places: dict, who: dict, staff, open_call) -> None:
    """Let people apply, judge and decide; then the call is over. Args: open_call: f() -> the edition with its call open."""
    edition = open_call()
    own = {handle: apply(edition, who[handle], words) for handle, words in told["applications"].items()}
    begin_application(edition=edition, user=who[DRAFT], language=who[DRAFT].language)
    edition = move_edition(edition=edition, to=EditionState.SELECTION, actor=staff)
    judge(edition, own, staff)
    withdraw_application(application=own[WITHDRAWS])
    for decision, (handles, reason) in RELEASED.items():
        numbers = [own[handle].pk for handle in handles]
        decide(edition=edition, applications=numbers, decision=decision, reason=reason, actor=staff)
    perform(release(edition=edition, mark=preview(edition, staff).mark, actor=staff).pk)
    accept_offer(application=Application.objects.select_related("user", "edition").get(pk=own[ACCEPTS].pk))
    decide(edition=edition, applications=[own[TO_RELEASE].pk], decision=Decision.OFFER, actor=staff)
    invite_some(told, places, staff)
    close_call(edition, who, staff)


def apply(edition: Edition, user, words: dict) -> Application:
    """Hand one application in, each answer saved as its writer would."""
    application = begin_application(edition=edition, user=user, language=user.language)
    answers = {"motivation": words["motivation"], "expected_use": words["expected_use"], "funding": Funding.WORK_TIME}
    for field, value in {**answers, "languages": user.language, "consent": AGREED}.items():
        application = save_field(application=application, field=field, value=[str(value)])
    return hand_in(application=application)


def judge(edition: Edition, own: dict[str, Application], staff) -> None:
    """Give every application points but one, and those who withdraw."""
    assign_reviews(edition=edition, reviewers=[staff], actor=staff)
    criteria = list(criteria_of(edition).values_list("pk", flat=True))
    for place, (handle, application) in enumerate(own.items()):
        if handle not in (NOT_REVIEWED, WITHDRAWS):
            review = Review.objects.get(application=application, reviewer=staff)
            points = {pk: max(1, MOST_POINTS - (place + n) % 4) for n, pk in enumerate(criteria)}
            save_review(review=review, had=review.version, points=points, comment="", reviewer=staff)


def invite_some(told: dict, places: dict, staff) -> None:
    """Invite people without account; the last of them declines."""
    for handle, name, language, country, group, organisation in told["invitations"]:
        words = {"email": f"{handle}@demo.example", "name": name, "language": language, "organisation": organisation}
        invitation = invite(delegation=places[country], group=group, actor=staff, **words)
    decline_invitation(invitation=invitation, reason="I change posts next month.")


def close_call(edition: Edition, who: dict, staff) -> None:
    """Let the call have closed yesterday; one person whose line was cut has three days more."""
    yesterday = timezone.now() - timedelta(days=1)
    facts = {"apply_by": yesterday, "published_at": yesterday - timedelta(weeks=4)}
    Edition.objects.filter(pk=edition.pk).update(**facts)
    edition.apply_by = yesterday
    until = timezone.now() + timedelta(days=3)
    extend_deadline(edition=edition, user=who[DRAFT], until=until, actor=staff, reason="The line was cut for a week.")
