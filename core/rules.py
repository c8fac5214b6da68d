"""How the `view` permission is derived from `visible_to`, so that list and page cannot disagree."""

import rules


@rules.predicate
def may_read(user, obj) -> bool:
    """Say whether `visible_to` holds this object. One query; never inside a list that visible_to has filtered."""
    return obj is not None and type(obj)._default_manager.visible_to(user).filter(pk=obj.pk).exists()


def staff_with(permission: str):
    """Return a predicate: staff who hold a model permission, asked without the object (ModelBackend says no to objects)."""

    @rules.predicate(name=f"staff_with:{permission}")
    def holds(user):
        return user.is_authenticated and user.is_staff and user.is_active and user.has_perm(permission)

    return holds
