from django.apps import apps
from django.core.management.base import BaseCommand

from core.richtext import MARK, RenderedField


class Command(BaseCommand):
    help = "Render Markdown again where it was rendered by an older renderer."

    def handle(self, *args, **options):
        for model in apps.get_models():
            fields = [f.name for f in model._meta.get_fields() if isinstance(f, RenderedField)]
            for obj in model._default_manager.iterator() if fields else ():
                if any(html and not html.startswith(MARK) for html in (getattr(obj, name) for name in fields)):
                    obj.save()
                    self.stdout.write(f"rendered {obj._meta.label} {obj.pk}")
