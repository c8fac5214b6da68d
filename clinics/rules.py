import rules
from django.db.models import Exists

from core.audiences import numbers_for
from core.rules import may_read, staff_with

sees_all = staff_with("clinics.view_edition")


@rules.predicate
def leads(user, edition) -> bool:
    """Say whether a person leads this edition, or is staff who see all. No query but those of her keys."""
    if edition is None:
        return False
    return sees_all(user) or edition.pk in numbers_for(user, "clinic.", ".tutors")


@rules.predicate
def in_delegation(user, delegation) -> bool:
    """Say whether a person belongs to a delegation or leads its edition. No query but those of her keys."""
    return delegation is not None and delegation.pk in numbers_for(user, "delegation.")


@rules.predicate
def leads_delegation(user, delegation) -> bool:
    """Say whether a person leads the edition of a delegation. One query."""
    return delegation is not None and leads.test(user, delegation.edition)


@rules.predicate
def nominates(user, delegation) -> bool:
    """Say whether a person, by her account, is the focal point of a delegation's country or heads it. One query."""
    if delegation is None or not user.is_authenticated or delegation.edition.is_draft:
        return False
    points = delegation.edition.team.filter(user=user, role="focal_point", country=delegation.country)
    heads = delegation.delegates.active().filter(user=user, role="head")
    return type(delegation)._default_manager.filter(Exists(points) | Exists(heads), pk=delegation.pk).exists()


may_select = staff_with("clinics.select_edition")

rules.add_perm("clinics.read_edition", may_read)
rules.add_perm("clinics.lead_edition", leads)
rules.add_perm("clinics.read_delegation", may_read)
rules.add_perm("clinics.manage_edition", staff_with("clinics.change_edition"))
rules.add_perm("clinics.write_tasks", in_delegation | staff_with("clinics.change_delegation"))
rules.add_perm("clinics.write_priorities", in_delegation | staff_with("clinics.change_priorities"))
rules.add_perm("clinics.invite_delegate", staff_with("clinics.change_edition") | leads_delegation | nominates)
