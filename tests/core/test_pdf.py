"""PDF: tagged, titled, in its language, the same on every machine, and text is never source."""

import io
import os
import subprocess
import sys
from datetime import UTC, datetime

import pypdf
import pytest

from core import pdf
from core.errors import DomainError
from tests.pdf_reading import assert_accessible, text_of

HARD = "« Été\u202f; ça\u00a0: œuvre » l’État … – ≥ 5\u00a0% ñ ¿Qué? 1\u202f000 €"


@pytest.fixture
def template(tmp_path, monkeypatch, settings):
    """Return f(source) that makes "page" this template, beside the real style."""

    def write(body: str):
        (tmp_path / "page.typ").write_text(
            '#import "_style.typ": *\n#let d = json(bytes(sys.inputs.data))\n#show: styled.with(d)\n' + body
        )
        (tmp_path / "_style.typ").write_text((pdf.FOLDER / "_style.typ").read_text())
        monkeypatch.setattr(pdf, "FOLDER", tmp_path)
        settings.BASE_DIR = tmp_path

    return write


def data(text: str = HARD, **more) -> dict:
    return {"title": "Titre", "lang": "fr", "author": "FDW", "keywords": [], "text": text} | more


def test_document_is_accessible_and_keeps_every_letter(template):
    template("= Un\n#d.text\n")
    made = pdf.render("page", data())
    assert_accessible(made, lang="fr", title="Titre")
    plain = " ".join(text_of(made).split())
    for word in ("«", "Été", "œuvre", "»", "l’État", "…", "–", "≥ 5", "ñ", "¿Qué?", "€"):
        assert word in plain, word


def test_fonts_are_embedded(template):
    template("= Un\n#d.text\n")
    page = pypdf.PdfReader(io.BytesIO(pdf.render("page", data()))).pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        inner = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(inner)
        assert "Libertinus" in font["/BaseFont"]


def test_what_people_wrote_is_never_source(template):
    template("= Un\n#d.text\n")
    typed = '#read("/etc/passwd") $x^2$ *stark* #{ panic("x") } <label> @ref \\ // comment'
    assert typed.replace(" ", "") in "".join(text_of(pdf.render("page", data(typed))).split())


def test_same_date_gives_the_same_file(template):
    template("= Un\n#d.text\n")
    at = datetime(2026, 11, 22, tzinfo=UTC)
    assert pdf.render("page", data(), at=at) == pdf.render("page", data(), at=at)
    assert pdf.render("page", data(), at=at) != pdf.render("page", data("andere"), at=at)


def test_letter_without_a_font_is_refused_with_its_name(template):
    template("= Un\n#d.text\n")
    with pytest.raises(DomainError, match="\u0378") as refused:
        pdf.render("page", data("\u0378"))
    assert refused.value.code == "letters"


def test_fault_of_a_template_is_raised(template):
    import typst

    template("= Un\n=== skipped\n")
    with pytest.raises(typst.TypstError, match="skipped"):
        pdf.render("page", data())


def test_web_process_does_not_load_typst():
    code = (
        "import sys, django; django.setup(); from django.urls import get_resolver; get_resolver().url_patterns;"
        "from fdw_portal import wsgi; sys.exit('typst' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=_settings(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def _settings() -> dict:
    return os.environ | {"DJANGO_SETTINGS_MODULE": "fdw_portal.settings_test"}
