"""Tables to take along: CSV and XLSX, safe to open in a spreadsheet."""

from django.http import HttpResponse
from tablib import Dataset

BOM = "\ufeff"  # so that Excel reads the CSV as UTF-8
RISKY = ("=", "+", "-", "@", "\t", "\r")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def plain(cell):
    """Return a cell that no spreadsheet takes for a formula: a text that looks like one begins with an apostrophe.

    Source: OWASP, CSV Injection.
    """
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(RISKY) else cell


def sheet_response(*, headers: list[str], rows: list[list], name: str, form: str) -> HttpResponse:
    """Return a table as a file to keep. Args: name: without ending; form: "csv" or "xlsx". Raises: KeyError for another."""
    kind = TYPES[form]
    data = Dataset(
        *([plain(cell) for cell in row] for row in rows), headers=[str(header) for header in headers], title=name[:31]
    )
    body = data.export(form)
    disposition = f'attachment; filename="{name}.{form}"'
    return HttpResponse(BOM + body if form == "csv" else body, content_type=kind, headers={"Content-Disposition": disposition})
