"""The demonstration of a clinic that runs: delegations with their tasks, priorities signed and in writing, a team."""

from datetime import timedelta

from django.utils import timezone

from accounts.enums import Side
from clinics.enums import AnnouncementAudience, TeamRole
from clinics.models import Announcement, Delegation, DelegationTask, Edition, PriorityText, TeamMember, WorkGroup
from clinics.services.admission import admit
from clinics.services.planning import kept
from clinics.services.priorities import open_priorities, save_field, sign
from clinics.services.succession import set_head
from core.enums import Provenance
from core.own_texts import translate
from courses.models import Unit
from courses.services import complete_unit

MEMBERS = {
    "MW": ["participant", "labour-mw", "finance-mw"],
    "ZM": ["workers-zm", "employers-zm"],
    "KE": ["labour-ke", "employers-ke", "workers-ke"],
    "RW": ["participant-fr", "workers-rw", "employers-rw"],
    "GQ": ["participant-es", "labour-gq"],
}
SIGNED = [("participant", Side.WORKERS), ("labour-mw", Side.GOVERNMENT)]  # nobody sits for the employers of Malawi
HAVE_READ = ["labour-mw", "finance-mw", "workers-zm", "labour-ke", "workers-rw"]
GUESTS = [  # role, name, address, language, country: known by name and address alone
    (TeamRole.SPEAKER, "Demo Speaker", "speaker@demo.example", "en", ""),
    (TeamRole.INTERPRETER, "Interprète Démo", "interpreter@demo.example", "fr", ""),
    (TeamRole.FOCAL_POINT, "Demo Focal Point", "focal-point@demo.example", "en", "MW"),
]


def fill_clinic(edition: Edition, told: dict, places: dict, who: dict, staff) -> None:
    """Seat people, give them tasks, let two countries write and one of them sign. In preparation."""
    seats = {}
    for country, handles in MEMBERS.items():
        for handle in (one for one in handles if one in who):
            seats[handle] = admit(delegation=places[country], user=who[handle], group=who[handle].group, actor=staff)
    set_head(delegate=seats["labour-mw"], actor=staff)
    add_tasks(edition, told, places["MW"], seats)
    for country, part in told["priorities"].items():
        write(places[country], part, who)
    sign_all(places["MW"], who)
    invite_guests(edition)
    read_on(who)
    draft_announcement(edition, told)


def add_tasks(edition: Edition, told: dict, delegation: Delegation, seats: dict) -> None:
    """Give a delegation what it has set itself to do, and the edition two work groups."""
    for task in told["tasks"]:
        due = edition.today() + timedelta(days=task["days"])
        facts = {"title": task["title"], "language": "en", "due_on": due, "owner": seats[task["handle"]]}
        DelegationTask.objects.create(delegation=delegation, **facts)
    WorkGroup.objects.bulk_create([WorkGroup(edition=edition, number=number) for number in (1, 2)])


def write(delegation: Delegation, part: dict, who: dict) -> None:
    """Write a country's priorities field by field, each by one of its members; the tutor translates."""
    priorities, language = open_priorities(delegation), part["original"]
    for field, words in part["fields"].items():
        author = who.get(words["by"])
        facts = {"priorities": priorities, "field": field, "had": 0, "author": author}
        row = save_field(text=words[language], language=language, **facts).row
        for other in (code for code in ("en", "fr", "es") if code != language and code in words):
            facts = {"language": other, "text": words[other], "provenance": Provenance.HUMAN}
            translate(row=PriorityText.objects.get(pk=row.pk), translator=who.get("tutor"), **facts)
    if language == "en":
        stage = {"field": "inff_stage", "text": "strategy", "language": "en", "had": 0}
        save_field(priorities=priorities, author=who.get("finance-mw"), **stage)


def sign_all(delegation: Delegation, who: dict) -> None:
    """Let each side that has a member sign; the last signature publishes."""
    priorities = open_priorities(delegation)
    priorities.refresh_from_db()
    for handle, side in SIGNED:
        if handle in who:
            sign(priorities=priorities, user=who[handle], side=side, version=priorities.version, agrees_public=True)


def invite_guests(edition: Edition) -> None:
    """Name the people of the team who have no account."""
    until = timezone.now() + timedelta(weeks=4)
    for role, name, email, language, country in GUESTS:
        facts = {"name": name, "email": email, "language": language, "languages": [language], "country": country}
        TeamMember.objects.create(edition=edition, role=role, key_until=until, **facts)


def read_on(who: dict) -> None:
    """Let some people have read the first units of the refresher, others nothing."""
    first = list(Unit.objects.filter(module__slug="technical-refresher").exclude(kind="check").order_by("position")[:3])
    for user in (who[handle] for handle in HAVE_READ):
        for unit in first:
            complete_unit(user=user, unit=unit)


def draft_announcement(edition: Edition, told: dict) -> None:
    """Write an announcement that nobody has sent yet: staff can look at it, count and send."""
    row = Announcement(edition=edition, to=AnnouncementAudience.PARTICIPANTS)
    kept(row, **told["announcement"])
