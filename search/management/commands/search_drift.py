import sys

from django.core.management.base import BaseCommand

from search.services import drift

SHOWN = 20


class Command(BaseCommand):
    help = "Compare the search index with the content; writes nothing. Exit status 1 when they differ."

    def handle(self, *args, **options):
        found = drift()
        for name in ("missing", "superfluous", "differing"):
            keys = sorted(getattr(found, name))
            self.stdout.write(f"{name}: {len(keys)}")
            for key, language in keys[:SHOWN]:
                self.stdout.write(f"  {key} {language}")
        if found:
            self.stderr.write("The index is out of step: run search_rebuild.")
            sys.exit(1)
