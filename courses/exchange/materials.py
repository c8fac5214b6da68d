"""From files to what stands beside a text: media, reflections, figures."""

from core.starter import (
    Row,
    at,
    in_languages,
    read_text,
)
from core.translations import LANGUAGES
from courses.exchange.load import Change, Load
from courses.models import Figure, Module, Reflection, Unit
from courses.services import media


def load_media(load: Load, unit: Unit, rows: list[Row]) -> None:
    """Keep each film, sound, captions or file; those that vanished from the files go."""
    kept = []
    for row in rows:
        with at(row, load.faults):
            row.only("kind", "language", "file", "url", "bytes", "seconds")
            load.once("medium", unit.pk, row["kind"], row["language"])
            data = load.source.read(row["file"]) if row.get("file") else None
            medium, moved = media.keep_medium(
                unit=unit,
                kind=row["kind"],
                language=row["language"],
                data=data,
                name=(row.get("file") or "").rsplit("/", 1)[-1],
                url=row.get("url") or "",
                size=row.get("bytes"),
                seconds=row.get("seconds"),
            )
            kept.append(medium.pk)
            if moved:
                load.changes.append(Change("changed", f"{medium} of {unit.slug}"))
                load.stored += [medium.file.file] if medium.file else []
    for medium in unit.media.exclude(pk__in=kept):
        load.changes.append(Change("removed", f"{medium} of {unit.slug}"))
        media.drop_medium(medium=medium)


def load_reflections(load: Load, unit: Unit) -> None:
    rows, kept = load.rows(f"{unit.slug}.reflections.yaml"), []
    for position, row in enumerate(rows, start=1):
        with at(row, load.faults):
            row.only("key", "prompt", "active")
            load.once("reflection", unit.pk, row["key"])
            facts = {"position": position, "source_language": unit.source_language, "is_active": row.get("active", True)}
            values = in_languages("prompt", row["prompt"]) | facts
            kept.append(load.put(Reflection, {"unit": unit, "key": row["key"]}, values, f"reflection {row['key']}").pk)
    for reflection in unit.reflections.exclude(pk__in=kept).filter(is_active=True):
        load.changes.append(Change("removed", f"reflection {reflection.key}"))
        if reflection.notes.exists():  # what people wrote stays readable to them
            reflection.is_active = False
            reflection.save(update_fields=["is_active"])
        else:
            reflection.delete()


def load_figures(load: Load, module: Module, wanted: list[str]) -> None:
    kept = []
    for row in load.rows("figures.yaml"):
        with at(row, load.faults):
            load.once("figure", row["key"])
            row.only("key", "title", "description")
            names = {code: f"figures/{row['key']}.{code}.svg" for code in LANGUAGES}
            present = {code: name for code, name in names.items() if code in wanted or name in load.source.names()}
            values = in_languages("svg", {code: read_text(load.source, name).strip() for code, name in present.items()})
            values |= in_languages("title", row["title"]) | in_languages("description", row["description"])
            values["source_language"] = module.source_language
            kept.append(load.put(Figure, {"module": module, "key": row["key"]}, values, f"figure {row['key']}").pk)
    for figure in module.figures.exclude(pk__in=kept):
        load.changes.append(Change("removed", f"figure {figure.key}"))
        figure.delete()
