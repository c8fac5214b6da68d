"""What people offer to lower floors: audience keys, letters, what belongs to a person, background work, their demo."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import personal
from accounts.models import User
from accounts.services import give_consent
from accounts.services.erasure import run_erasure
from accounts.services.export import KIND, run_export
from core import registry
from core.audiences import MEMBER
from core.cards import Card
from core.jobs import Kind as JobKind
from core.personal import Merger
from reminders.enums import Channel
from reminders.kinds import Kind


@registry.audiences("accounts")
def member_keys(user):
    return [MEMBER, f"user.{user.pk}"]


def welcome_context(letter) -> dict:
    return {"name": letter.recipient.get_short_name(), "url": reverse("home")}


registry.letter_kinds.register("accounts.welcome", Kind(code="accounts.welcome", context=welcome_context))


def erased_context(letter) -> dict:
    return {"name": letter.recipient.get_short_name(), "url": reverse("accounts:privacy")}


def factor_removed_context(letter) -> dict:
    return {"name": letter.recipient.get_short_name(), "url": reverse("mfa_index")}


registry.letter_kinds.register(
    "accounts.erased",
    Kind(code="accounts.erased", context=erased_context, channels=(Channel.MAIL,), to_closed=True),
)
registry.letter_kinds.register("accounts.factor_removed", Kind(code="accounts.factor_removed", context=factor_removed_context))

registry.exporters.register("accounts", personal.export_account)
registry.erasers.register("accounts", personal.erase_account)
registry.mergers.register("accounts", Merger(preview=personal.preview_account, merge=personal.merge_account))
registry.jobs.register(KIND, JobKind(run=run_export, title=lambda job: _("My data"), back=lambda job: reverse("accounts:data")))
registry.jobs.register("accounts.erase", JobKind(run=run_erasure, title=lambda job: _("Erasing a person")))


@registry.cards("profile")
def profile_card(request):
    """Ask for country, group and zone until they are known."""
    user = request.user
    known = [bool(user.country), bool(user.group), bool(user.organisation), user.zone_confirmed]
    if all(known):
        return None
    return Card(
        label=_("Your profile"),
        title=_("Say who you are and where you work"),
        text=_("It takes two minutes. Times are then shown as on your own clock, and clinics know which side you speak for."),
        url=reverse("accounts:profile"),
        action=_("Complete my profile"),
        done=sum(known),
        total=len(known),
    )


DEMO_PEOPLE = [
    # address, name, language, zone, country, group, organisation, staff
    ("participant", "Demo Participant", "en", "Africa/Blantyre", "MW", "workers", "Demo Congress of Trade Unions", False),
    ("participant-fr", "Participante Démo", "fr", "Africa/Kigali", "RW", "labour", "Ministère du Travail (démo)", False),
    (
        "participant-es",
        "Participante de Demostración",
        "es",
        "Africa/Malabo",
        "GQ",
        "employers",
        "Federación de demostración",
        False,
    ),
    ("tutor", "Demo Tutor", "en", "Europe/Rome", "IT", "ilo", "Demo Training Centre", False),
    ("staff", "Demo Staff", "en", "Europe/Rome", "IT", "ilo", "Demo Training Centre", True),
]


@registry.demos("people")
def demo_people(password: str) -> None:
    """Make the demo people where they are missing; set everyone's demo password. Safe to repeat."""
    for handle, name, language, zone, country, group, organisation, staff in DEMO_PEOPLE:
        email = f"{handle}@demo.example"
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(
                email, password, name=name, language=language, zone=zone, zone_confirmed=True, country=country,
                group=group, organisation=organisation, position="Demo", is_staff=staff, is_superuser=staff,
            )  # fmt: skip
            give_consent(user=user, language=language)
        elif not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
