import secrets

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from environs import Env

from core import registry


class Command(BaseCommand):
    help = "Make the demo people and demo data (only where FDW_DEMO is set), and say who may sign in."

    def handle(self, *args, **options):
        if not settings.DEMO:
            raise CommandError("Demo data is made only where FDW_DEMO=1 is set.")
        password = demo_password()
        for name in registry.demos.names():
            registry.demos[name](password)
        self.stdout.write(f"demo password: {password}")


def demo_password() -> str:
    """Return DEMO_PASSWORD, or the one made once and kept in the data folder."""
    given = Env().str("DEMO_PASSWORD", "")
    path = settings.DATA_DIR / "secrets" / "demo_password"
    path.parent.mkdir(parents=True, exist_ok=True)
    if given or not path.exists():
        path.touch(mode=0o600)
        path.write_text(given or secrets.token_urlsafe(9))
    return path.read_text().strip()
