"""The right answers of a module's checks, read from its own source, by prompt in one language."""

import re
from pathlib import Path

import yaml

STARTER = Path(__file__).resolve().parents[2] / "courses/starter"


def right_answers(language="fr", module="technical-refresher") -> dict[str, list]:
    """Return {prompt: [labels, or the text to type, or (line, where it belongs)]}, of what may be drawn too."""
    folder, found = STARTER / module, {}
    for path in [*sorted(folder.glob("*.questions.yaml")), *folder.glob("bank.yaml")]:
        for row in yaml.safe_load(path.read_text(encoding="utf-8")):
            if "draw" not in row:
                found[row["prompt"][language]] = _right(row, language)
    return found


def _right(row: dict, language: str) -> list:
    if "choices" in row:
        return [choice["text"][language] for choice in row["choices"] if choice.get("right")]
    if "pairs" in row:
        return [(pair["text"][language], pair["match"][language]) for pair in row["pairs"]]
    if "items" in row:
        return [(item["text"][language], str(n)) for n, item in enumerate(row["items"], start=1)]
    if row["kind"] == "short":
        return [row["accepted"][language][0]]
    if row["kind"] == "true_false":
        return ["true" if row["answer"] else "false"]
    return [str(row["answer"]).replace(".", "." if language == "en" else ",")]


def give(section, answers: dict[str, list]) -> None:
    """Answer one question of the sheet as a person would: by its label, by typing, or by choosing a place for each line."""
    prompt = section.locator("legend, .form-label").first.inner_text().strip()
    for text in answers[prompt]:
        if isinstance(text, tuple):
            _place(section.get_by_label(text[0], exact=True), text[1])
        elif text in ("true", "false"):
            section.locator(f"[type=radio][value={text}]").check()
        elif section.locator("fieldset").count():
            section.get_by_label(text, exact=True).check()
        else:
            section.locator(".form-control").fill(text)
            section.locator(".form-control").press("Tab")


def _place(select, words: str) -> None:
    """Choose the option that says these words, perhaps behind its letter ("B · words")."""
    option = select.locator("option").filter(has_text=re.compile(rf"^(?:[A-H] · )?{re.escape(words)}$"))
    select.select_option(value=option.get_attribute("value"))
