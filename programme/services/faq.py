"""“Was this helpful?”"""

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.models import Once
from core.services import once
from core.text import clean
from programme.models import FaqEntry, FaqVote

LONGEST = 1000  # characters of a remark
MOST = 5  # times that one browser may answer about one answer


def vote(*, entry: FaqEntry, language: str, helpful: bool, remark: str = "", browser: str, form: str) -> None:
    """Keep whether an answer helped, once for each form that was shown; the same form sent again changes what it said.

    Args: language: in which it was read; browser: a mark of the browser, at most 16 characters; form: the id of the
        form that it was shown, at most 40. An empty remark leaves an earlier one as it is.
    Raises: DomainError "long" or "many". Queries: 6 at most. Safe to repeat.
    """
    said = {"language": language, "helpful": helpful}
    if remark := clean(remark):
        said["remark"] = remark
    if len(remark) > LONGEST:
        facts = {"most": LONGEST, "count": len(remark)}
        text = _("A remark takes at most %(most)d characters; this one has %(count)d.") % facts
        raise DomainError(text, code="long", field="remark")
    mine = f"faq:{entry.pk}:{browser}:"

    def keep() -> dict:
        if Once.objects.filter(key__startswith=mine).count() > MOST:
            raise DomainError(_("You have told us several times about this answer. Thank you; that is enough."), code="many")
        return {"vote": FaqVote.objects.create(entry=entry, **said).pk}

    kept = once(f"{mine}{form}", keep)
    FaqVote.objects.filter(pk=kept["vote"]).exclude(**said).update(**said)
