from django.core.management.base import BaseCommand

from reminders import services


class Command(BaseCommand):
    help = "Plan what is due, or deliver it, without a worker."

    def add_arguments(self, parser):
        parser.add_argument("act", choices=["plan", "deliver"])

    def handle(self, *args, act, **options):
        done = getattr(services, act)()
        self.stdout.write(f"{act}: {done}")
