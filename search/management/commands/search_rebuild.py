from django.core.management.base import BaseCommand

from core import registry
from core.pagecache import forget_pages
from search.services import rebuild


class Command(BaseCommand):
    help = "Bring the search index in step with the content, in place; after an upgrade, or when search_drift says so."

    def handle(self, *args, **options):
        done: dict[str, int] = {}
        found = rebuild(lambda kind, rows: done.__setitem__(kind, rows))
        for kind in registry.searchables.names():
            self.stdout.write(f"{kind}: {done.get(kind, 0)} looked at")
        counts = f"{len(found.missing)} added, {len(found.differing)} changed, {len(found.superfluous)} removed"
        self.stdout.write(f"{counts}; {len(found.words)} words")
        if found:
            forget_pages()
