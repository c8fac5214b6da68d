"""Country profiles: one file a country."""

from django.utils.translation import gettext as _

from core.changes import content_changed, content_removed
from core.starter import ContentError, Row, in_languages, put, read_yaml
from programme.loaders import FOLDER, put_all, put_published
from programme.models import CountryFact, CountryProfile, SubRegion


def load_countries(source=FOLDER) -> int:
    """Load the profiles with their facts; load the sub-regions first. Returns: how many changed. Raises: ContentFaults."""
    names = [name for name in source.names() if name.startswith("countries/") and name.endswith(".yaml")]
    return put_all([_read(source, name) for name in names], _put)


def _read(source, name: str) -> Row:
    row = read_yaml(source, name)
    if not isinstance(row, Row):
        raise ContentError(_("this file is not made of “name: text” lines"), name, 1)
    return row


def _put(row: Row) -> bool:
    row.only("code", "sub_region", "inff_stage", "accelerator", "summary", "facts")
    region = SubRegion.objects.filter(code=row["sub_region"]).first()
    if region is None:
        raise ContentError(_("this sub-region is not there"), row.file, row.line_of("sub_region"))
    values = {"sub_region": region, "inff_stage": row["inff_stage"], "accelerator": row["accelerator"]}
    values |= in_languages("summary", row["summary"])
    changed = put_published(CountryProfile, {"code": row["code"]}, values, parts=row["facts"])
    if changed:
        _put_facts(CountryProfile.objects.get(code=row["code"]), row["facts"])
    return changed


def _put_facts(profile: CountryProfile, rows: list[Row]) -> None:
    gone = list(profile.facts.exclude(kind__in=[row["kind"] for row in rows]))
    content_removed(*gone)
    profile.facts.filter(pk__in=[fact.pk for fact in gone]).delete()
    put_all(rows, lambda row: _put_fact(profile, row))
    content_changed(profile)


def _put_fact(profile: CountryProfile, row: Row) -> bool:
    row.only("kind", "text", "as_of", "sources")
    for source in row["sources"]:
        source.only("title", "url")
    values = {"as_of": row["as_of"], "sources": [dict(source) for source in row["sources"]]}
    return put(CountryFact, {"profile": profile, "kind": row["kind"]}, values | in_languages("body", row["text"]))[1]
