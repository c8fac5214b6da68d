from django.core.management.base import BaseCommand, CommandError

from core import registry
from core.changes import together
from core.pagecache import forget_pages
from core.starter import ContentError


class Command(BaseCommand):
    help = "Load the starter content of every app; running it again changes only what differs."

    def handle(self, *args, **options):
        for name in registry.starters.names():
            try:
                with together():
                    changed = registry.starters[name]()
            except ContentError as error:
                raise CommandError(str(error)) from error
            if changed:
                forget_pages()
            self.stdout.write(f"{name}: {changed} changed")
