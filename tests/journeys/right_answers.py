"""The right answers of the refresher's check, read from its own source, by French prompt."""

from pathlib import Path

import yaml

FILE = Path(__file__).resolve().parents[2] / "courses/starter/technical-refresher/knowledge-check.questions.yaml"


def right_answers(language="fr") -> dict[str, list[str]]:
    """Return {prompt: [labels, or the text to type]}."""
    found = {}
    for row in yaml.safe_load(FILE.read_text(encoding="utf-8")):
        if "choices" in row:
            found[row["prompt"][language]] = [c["text"][language] for c in row["choices"] if c.get("right")]
        elif row["kind"] == "short":
            found[row["prompt"][language]] = [row["accepted"][language][0]]
        elif row["kind"] == "true_false":
            found[row["prompt"][language]] = ["true" if row["answer"] else "false"]
        else:
            found[row["prompt"][language]] = [str(row["answer"]).replace(".", ",")]
    return found


def give(section, answers: dict[str, list[str]]) -> None:
    """Answer one question of the sheet as a person would: by its label, or by typing."""
    prompt = section.locator("legend, .form-label").first.inner_text().strip()
    for text in answers[prompt]:
        if text in ("true", "false"):
            section.locator(f"[type=radio][value={text}]").check()
        elif section.locator("fieldset").count():
            section.get_by_label(text, exact=True).check()
        else:
            section.locator(".form-control").fill(text)
            section.locator(".form-control").press("Tab")
