"""“Was this clear?”"""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.text import clean
from courses.models import Clarity, Unit

LONGEST = 1000  # characters of a remark


def say_clear(*, user, unit: Unit, language: str, is_clear: bool, remark: str | None = None) -> Clarity:
    """Keep whether a unit was clear to a person, once for each; she may change it.

    Args: language: in which she read it; remark: what was not clear, None to leave an earlier one as it is.
        What was clear needs no remark, so an earlier one goes.
    Raises: DomainError "long". Queries: 4 at most, in one transaction. Safe to repeat.
    """
    said = {"language": language, "is_clear": is_clear}
    if is_clear:
        said["remark"] = ""
    elif remark is not None:
        said["remark"] = clean(remark)
        if len(said["remark"]) > LONGEST:
            facts = {"most": LONGEST, "count": len(said["remark"])}
            raise DomainError(_("A remark takes at most %(most)d characters; this one has %(count)d.") % facts, code="long")
    return Clarity.objects.update_or_create(user=user, unit=unit, defaults=said)[0]
