"""The Nu HTML checker on every public page: no error."""

import json
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.audit import tools
from benchmarks.audit.portal import Portal
from benchmarks.audit.verdicts import Verdict
from benchmarks.harness import Failure, table

SHOWN = 20  # different errors that the table names


def prepare() -> None:
    """Raises: Failure naming what is missing."""
    tools.java()
    tools.node_modules()


def run(portal: Portal) -> list[Verdict]:
    pages = [page.path for page in (*portal.listed(), *portal.open_forms())]
    folder = portal.folder / "nu"
    folder.mkdir()
    names, broken = {}, []
    for n, path in enumerate(pages):
        file = folder / f"{n}.html"
        status, html = portal.fetch(path)
        if status != 200:
            broken.append([path, status])
        file.write_text(html)
        names[file.name] = path
    found = check([*map(str, sorted(folder.iterdir()))])
    errors = [one for one in found if one["type"] == "error"]
    warnings = [one for one in found if one.get("subType") == "warning"]
    rows = {}
    for one in errors + warnings:
        kind = "error" if one in errors else "warning"
        rows.setdefault(f"{kind}: {one['message']}", []).append(names[Path(urlsplit(one["url"]).path).name])
    print("Nu HTML checker")
    table([[text, len(places), places[0]] for text, places in list(rows.items())[:SHOWN]], ["finding", "times", "first on"])
    if broken:
        table(broken[:SHOWN], ["public page", "answered"])
        print(portal.log.read_text(errors="replace")[-2000:])
    return [
        Verdict(f"public pages, of {len(pages)}, that do not answer 200", len(broken), "<= 0"),
        Verdict(f"Nu HTML checker: errors on {len(pages)} public pages", len(errors), "<= 0"),
        Verdict(f"Nu HTML checker: warnings on {len(pages)} public pages", len(warnings)),
    ]


def check(files: list[str]) -> list[dict]:
    """Return the messages about HTML files. Raises: Failure when the checker itself broke."""
    jar = tools.node_modules() / "vnu-jar" / "build" / "dist" / "vnu.jar"
    done = subprocess.run(
        [tools.java(), "-Xss4m", "-jar", str(jar), "--format", "json", "--stdout", "--exit-zero-always", *files],
        capture_output=True, text=True,
    )  # fmt: skip
    try:
        messages = json.loads(done.stdout)["messages"]
    except (ValueError, KeyError) as error:
        raise Failure(f"the Nu checker said: {done.stdout[-500:]}{done.stderr[-1500:]}") from error
    if broken := [one for one in messages if one["type"] == "non-document-error"]:
        raise Failure(f"the Nu checker could not read: {broken[0]['message']}")
    return messages
