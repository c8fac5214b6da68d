"""What the log, the files and the jobs hold about a person, and what the desk shows of them."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import registry
from core.cards import Waiting
from core.enums import JobState
from core.models import Event, Job, StoredFile, TextTranslation, TextVersion
from core.paging import capped_count
from core.personal import Merger, accounts_of, forget_files, hush, own_files, prepared_files, rows_of
from core.sitemaps import NamedPages
from core.translating import MISSING, STALE, gaps


@registry.sitemaps("home")
class HomeSitemap(NamedPages):
    """The first page."""

    names = ("home",)


@registry.exporters("core")
def export_core(user):
    """The log about a person, her files, the work she asked for, and the texts she wrote or translated."""
    about = Event.objects.filter(object_key__in=accounts_of(user)).order_by("pk")
    yield "log", rows_of(about, "at", "act", "reason", "before", "after")
    files = own_files(user).exclude(pk__in=prepared_files(user).values("pk")).order_by("pk")
    yield "files", rows_of(files, "key", "name", "content_type", "size", "at")
    jobs = Job.objects.filter(owner=user).order_by("pk")
    yield "jobs", rows_of(jobs, "kind", "state", "created_at", "finished_at")
    versions = TextVersion.objects.filter(author=user).order_by("pk")
    yield "text_versions", rows_of(versions, "object_key", "number", "is_aside", "language", "text", "reason", "at")
    translations = TextTranslation.objects.filter(translator=user).order_by("pk")
    yield "text_translations", rows_of(translations, "object_key", "of_version", "language", "text", "provenance", "at")


@registry.erasers("core")
def erase_core(user):
    """Delete a person's files and jobs; of the log keep act and time. Queries: 11 and 1 a merged account.

    What she wrote with others (priorities, practices) is theirs too and stays, without her name or her reasons; what was
    put aside never stood and goes. The job that erases belongs to nobody, so it outlives this.
    """
    TextVersion.objects.filter(author=user, is_aside=True).delete()
    TextVersion.objects.filter(author=user).update(author=None, reason="")
    TextTranslation.objects.filter(translator=user).update(translator=None)
    Job.objects.filter(owner=user).update(file=None)
    forget_files(list(own_files(user)))
    Job.objects.filter(owner=user).delete()
    hush(accounts_of(user))


def preview_core(keep, drop):
    """Say how many files and texts move and how many prepared files end."""
    prepared = prepared_files(drop).count()
    moving = own_files(drop).count() - prepared
    if moving:
        yield ngettext("%(count)d file moves.", "%(count)d files move.", moving) % {"count": moving}
    if prepared:
        yield ngettext(
            "%(count)d prepared file of the other account is deleted; it can be asked for again.",
            "%(count)d prepared files of the other account are deleted; they can be asked for again.",
            prepared,
        ) % {"count": prepared}
    written = TextVersion.objects.filter(author=drop).count() + TextTranslation.objects.filter(translator=drop).count()
    if written:
        yield ngettext(
            "%(count)d version or translation of a text moves.", "%(count)d versions or translations of texts move.", written
        ) % {"count": written}


def merge_core(keep, drop):
    """Move files and texts; delete the jobs of the account that ends. The log stays under both names."""
    TextVersion.objects.filter(author=drop).update(author=keep)
    TextTranslation.objects.filter(translator=drop).update(translator=keep)
    prepared = list(prepared_files(drop))
    Job.objects.filter(owner=drop).delete()
    forget_files(prepared)
    StoredFile.objects.filter(audience=f"user.{drop.pk}").update(audience=f"user.{keep.pk}")


registry.mergers.register("core", Merger(preview=preview_core, merge=merge_core))


@registry.desk("jobs")
def failed_jobs(user):
    """Background work that failed and that nobody has run again. Queries: 1."""
    failed = capped_count(Job.objects.filter(state=JobState.FAILED))
    return [Waiting(_("Background work that failed"), failed, f"{reverse('admin:core_job_changelist')}?state__exact=failed")]


@registry.desk("translations")
def translations_waiting(user):
    """Texts without a translation, and those older than their source. Queries: 0 while nothing changes."""
    found, address = gaps(), reverse("admin:translations")
    lines = [(_("Texts that lack a translation"), MISSING), (_("Translations older than their source"), STALE)]
    return [Waiting(what, sum(gap.has(state) for gap in found), f"{address}?state={state}") for what, state in lines]
