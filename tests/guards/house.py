"""Where things stand: the files that the guards examine."""

from pathlib import Path

from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
STAIRCASE = ["core", "reminders", "accounts", "search", "programme", "courses", "clinics", "practices", "forums", "results"]
ROOF = "fdw_portal"
LANGUAGES = ("en", "fr", "es")
TEMPLATES = ROOT / "templates"


def standing_apps() -> list[str]:
    """Return the apps that exist, in the order of the staircase."""
    return [app for app in STAIRCASE if (ROOT / app / "apps.py").exists()]


def python_files(*folders: str, migrations: bool = False) -> list[Path]:
    """Return the Python files under folders of the project."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if migrations or "migrations" not in path.parts]


def product_files(**kwargs) -> list[Path]:
    return python_files(*standing_apps(), ROOF, **kwargs)


def template_files() -> list[Path]:
    return sorted(path for path in TEMPLATES.rglob("*") if path.suffix in (".html", ".txt"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def our_models() -> list:
    """Return the models of our apps, without the tables of history."""
    return [model for model in apps.get_models() if model._meta.app_label in STAIRCASE and not hasattr(model, "history_type")
            and not model.__name__.startswith("Historical")]  # fmt: skip
