"""What search offers to lower floors: it follows every change of content, and is built where there is none yet."""

from core import registry
from search.models import SearchDoc
from search.services import follow, rebuild

registry.followers.register("search", follow)


@registry.starters("search")
def build_once() -> int:
    """Build the index of a portal that has content and no index, as after the upgrade that brought it.

    Returns: how many texts it now holds. Queries: 1 when there is an index, else those of `rebuild`.
    """
    return 0 if SearchDoc.objects.exists() else len(rebuild())
