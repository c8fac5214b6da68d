"""The tools that judge: found on the machine, or installed once into FDW_DATA_DIR/audit at the versions that are locked."""

import filecmp
import os
import shutil
from pathlib import Path

from benchmarks.harness import ROOT, program, run

HERE = Path(__file__).parent
LOCKED = ("package.json", "package-lock.json")


def folder() -> Path:
    """Return where the tools are kept, made if absent; it stands with the data, outside of version control."""
    kept = Path(os.environ.get("FDW_DATA_DIR") or ROOT / "var").resolve() / "audit"
    kept.mkdir(parents=True, exist_ok=True)
    return kept


def node_modules() -> Path:
    """Return the folder with Lighthouse and the Nu checker; installs them once, by npm, from the lock file.

    No script of a package runs, and no browser is fetched. Raises: Failure naming what is missing.
    """
    npm, kept = program("npm", "npm"), folder()
    modules = kept / "node_modules"
    if modules.is_dir() and all((kept / n).exists() and filecmp.cmp(HERE / n, kept / n, shallow=False) for n in LOCKED):
        return modules
    print("installing Lighthouse and the Nu checker …", flush=True)
    for name in LOCKED:
        shutil.copy(HERE / name, kept)
    try:
        run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=kept)
    except BaseException:
        (kept / LOCKED[1]).unlink()  # what broke off is begun anew
        raise
    return modules


def chromium() -> str:
    """Return the path of Chromium. Raises: Failure."""
    for name in ("chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return program("chromium", "chromium")


def java() -> str:
    return program("java", "default-jre-headless")


def node() -> str:
    return program("node", "nodejs")
