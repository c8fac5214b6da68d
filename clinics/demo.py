"""Demonstration editions: one in selection, one that runs today, one finished; with people who are obviously demo.

Made once, by the services that people use, with dates counted from the day of the first run. Running again adds nothing
and changes nothing, whatever people have done since.
"""

from datetime import date, datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from accounts.services import bump_audience, give_consent
from clinics.demo_call import fill_call
from clinics.demo_clinic import fill_clinic
from clinics.enums import EditionState, TeamRole
from clinics.memberships import renew_team
from clinics.models import Delegate, Delegation, Edition, TeamMember
from clinics.services.criteria import make_criteria
from clinics.services.delegations import add_delegation
from clinics.services.editions import move_edition
from clinics.services.planning import kept, make_plan
from core.changes import content_changed
from core.starter import Folder, read_yaml
from core.time import month
from programme.models import SubRegion

FOLDER = Folder(Path(__file__).parent / "starter")
TRIPARTITE = {"labour": 1, "finance": 1, "employers": 1, "workers": 1}
WEEKS = timedelta(weeks=3) - timedelta(days=3)  # from the first Monday to the last Friday
FINISHED = ["labour-ug", "workers-ug", "employers-tz", "finance-ke", "workers2-rw"]


def demo_clinics(password: str) -> None:
    """Make the editions that are missing, each in one transaction. Safe to repeat."""
    staff = User.objects.filter(email="staff@demo.example", is_staff=True).first()
    if staff is None or not SubRegion.objects.exists():
        return  # without people or starter content there is nobody and nowhere
    told = read_yaml(FOLDER, "demo.yaml")
    monday = timezone.now().date() - timedelta(days=timezone.now().weekday())
    for slug, make in {
        "demo-southern-and-east-africa": running,
        "demo-west-africa": selecting,
        "demo-east-africa": finished,
    }.items():
        if not Edition.objects.filter(slug=slug).exists():
            with transaction.atomic():
                make(slug, told, monday, people(told), staff)


def people(told: dict) -> dict[str, User]:
    """Return the demo people by the first part of their address; those that are missing are made, without a password."""
    for handle, (name, language, zone, country, group, sex, organisation, position) in told["people"].items():
        email = f"{handle}@demo.example"
        if not User.objects.filter(email=email).exists():
            facts = {"country": country, "group": group, "sex": sex, "organisation": organisation, "position": position}
            user = User.objects.create_user(email, None, name=name, language=language, zone=zone, zone_confirmed=True, **facts)
            give_consent(user=user, language=language)
    return {user.email.partition("@")[0]: user for user in User.objects.filter(email__endswith="@demo.example")}


def new_edition(slug: str, told: dict, region: str, starts_on: date, staff, **facts) -> Edition:
    """Return a draft with the texts, the default plan and criteria, its dates in the titles of each language."""
    titles = {}
    for code, words in told["editions"][slug]["title"].items():
        with override(code):
            titles[code] = words.format(month=month(starts_on))
    place = SubRegion.objects.filter(code=region).first() or SubRegion.objects.first()
    edition = Edition(slug=slug, sub_region=place, starts_on=starts_on, ends_on=starts_on + WEEKS, **facts)
    kept(edition, title=titles, **told["texts"])
    content_changed(edition)
    make_plan(edition=edition, actor=staff)
    make_criteria(edition=edition)
    return edition


def team_of(edition: Edition, **roles: list[User]) -> None:
    """Give people their roles; the team's keys follow."""
    for role, members in roles.items():
        for user in members:
            TeamMember.objects.create(edition=edition, user=user, role=role, languages=["en", "fr", "es"])
    renew_team(edition)


def countries_of(edition: Edition, codes: list[str], staff) -> dict[str, Delegation]:
    """Let countries take part, with one seat for each of four groups."""
    return {code: add_delegation(edition=edition, country=code, seats=TRIPARTITE, actor=staff) for code in codes}


def move_to(edition: Edition, last: EditionState, staff) -> Edition:
    """Bring an edition step by step to a state."""
    while edition.state != last:
        edition = move_edition(edition=edition, to=EditionState(edition.state).next, actor=staff)
    return edition


def in_the_past(edition: Edition, apply_by: datetime) -> None:
    """Set what no service sets, because it lies in the past: when the call closed, when it was published, who joined when."""
    Edition.objects.filter(pk=edition.pk).update(apply_by=apply_by, published_at=apply_by - timedelta(weeks=5))
    edition.delegates.update(joined_at=apply_by + timedelta(days=7))
    edition.apply_by = apply_by


# The three editions -------------------------------------------------------------------------------
def running(slug: str, told: dict, monday: date, who: dict, staff) -> None:
    """Make the edition in whose second week today lies; the demo people who can sign in take part."""
    facts = {"zone": "Africa/Blantyre", "apply_by": timezone.now() + timedelta(hours=1), "interpretation": ["fr", "es"]}
    edition = new_edition(slug, told, "southern-africa", monday - timedelta(weeks=1), staff, **facts)
    places = countries_of(edition, ["MW", "ZM", "KE", "RW", "GQ"], staff)
    team_of(edition, **{TeamRole.MANAGER: [staff], TeamRole.TUTOR: [who["tutor"]] if "tutor" in who else []})
    edition = move_to(edition, EditionState.PREPARATION, staff)
    fill_clinic(edition, told, places, who, staff)
    edition = move_to(edition, EditionState.RUNNING, staff)
    in_the_past(edition, edition.moment(edition.starts_on - timedelta(weeks=6)))


def selecting(slug: str, told: dict, monday: date, who: dict, staff) -> None:
    """Make the edition that begins in five weeks: its call is over, some decisions are released, some are not."""
    facts = {"zone": "Africa/Accra", "apply_by": timezone.now() + timedelta(hours=1), "interpretation": ["fr"]}
    edition = new_edition(slug, told, "west-africa", monday + timedelta(weeks=5), staff, **facts)
    places = countries_of(edition, ["GH", "SN", "SL"], staff)
    team_of(edition, **{TeamRole.MANAGER: [staff]})
    fill_call(edition, told, places, who, staff, lambda: move_to(edition, EditionState.CALL_OPEN, staff))


def finished(slug: str, told: dict, monday: date, who: dict, staff) -> None:
    """Make the edition of last year. Its delegates are rows without letters: nobody is told of what is over."""
    facts = {"zone": "Africa/Nairobi", "is_open_call": False}
    edition = new_edition(slug, told, "east-africa", monday - timedelta(weeks=54), staff, **facts)
    places = countries_of(edition, ["KE", "RW", "TZ", "UG"], staff)
    team_of(edition, **{TeamRole.MANAGER: [staff]})
    for user in (who[handle] for handle in FINISHED):
        Delegate.objects.create(edition=edition, delegation=places[user.country], user=user, group=user.group)
        bump_audience(user)
    edition = move_to(edition, EditionState.CLOSED, staff)
    in_the_past(edition, edition.moment(edition.starts_on - timedelta(weeks=6)))
