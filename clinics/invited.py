"""What an invitation, or a link with seats, offers: the same facts on its page and in its letters."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.enums import ConstituentGroup
from clinics.models import Delegation, Edition, Invitation, SeatLink
from clinics.shown import zone_label
from core.time import clock, day, moment, zone_name


def offer(delegation: Delegation, edition: Edition, group: str = "") -> dict:
    """Return what a seat of a group in a delegation is, in the active language. Pure."""
    shown = edition.reading_language((get_language() or "en")[:2])
    return {
        "edition": edition,
        "clinic": edition.text("title", shown),
        "summary": edition.text("summary", shown),
        "cost": edition.text("cost", shown),
        "shown_in": "" if shown == (get_language() or "en")[:2] else shown,
        "country": delegation.name,
        "group": ConstituentGroup(group).label if group else "",
        "starts": day(edition.starts_on),
        "ends": day(edition.ends_on),
        "hours": edition.hours_a_week,
        "zone": zone_label(edition),
        "contact": reverse("programme:contact") + f"?to={edition.key}",
    }


def of_invitation(invitation: Invitation) -> dict:
    """Return what an invitation offers, who invites, and by when it is answered; `edition` and the like are fetched."""
    return offer(invitation.delegation, invitation.edition, invitation.group) | {
        "inviter": inviter(invitation),
        "answer_by": answer_by(invitation.expires_at, invitation.edition),
        "takes_over": invitation.replaces_id is not None,
    }


def of_link(link: SeatLink) -> dict:
    """Return what a link with seats offers, and until when it works."""
    edition = link.delegation.edition
    return offer(link.delegation, edition, link.group) | {"answer_by": answer_by(link.expires_at, edition)}


def inviter(invitation: Invitation) -> str:
    """Return who nominated a person, as she reads it: "Grace Banda, Ministry of Labour". Pure, with the people fetched."""
    point, person = invitation.focal_point, invitation.nominated_by
    if point:
        return ", ".join(filter(None, [point.shown_name, point.organisation]))
    if person and not person.is_staff:
        return ", ".join(filter(None, [str(person), person.organisation]))
    return _("The programme team")


def answer_by(instant, edition: Edition) -> str:
    """Return a deadline in the active zone, and in the edition's where clocks differ. Pure.

    Somebody without account has no zone of her own yet: the active one is then the portal's, and the edition's is told alone.
    """
    with timezone.override(edition.zone):
        there = moment(instant)
        same = timezone.localtime(instant).utcoffset()
        short = f"{clock(instant)} ({zone_name(instant)})"
    if str(timezone.get_current_timezone()) in ("UTC", edition.zone):
        return there
    if timezone.localtime(instant).utcoffset() == same:
        return moment(instant)
    return _("%(own)s, which is %(theirs)s") % {"own": moment(instant), "theirs": short}
