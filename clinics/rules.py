import rules

from core.rules import may_read, staff_with


@rules.predicate
def leads(user, edition) -> bool:
    """Say whether a person leads this edition, or is staff who see all. One query."""
    return edition is not None and type(edition)._default_manager.led_by(user).filter(pk=edition.pk).exists()


may_select = staff_with("clinics.select_edition")

rules.add_perm("clinics.read_edition", may_read)
rules.add_perm("clinics.lead_edition", leads)
rules.add_perm("clinics.read_delegation", may_read)
rules.add_perm("clinics.manage_edition", staff_with("clinics.change_edition"))
