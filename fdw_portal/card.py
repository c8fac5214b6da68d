"""`python -m fdw_portal.card`: draw static/fdw/card.png anew, after the mark, the band or the programme's name changed."""

import io
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CARD = ROOT / "fdw_portal" / "static" / "fdw" / "card.png"
COLOURS = 24  # flat colours and their edges: a quarter of the bytes


def draw() -> bytes:
    """Return the card as PNG, 1200 × 630. Equal sources make equal pixels: only the fonts that typst brings are used."""
    import typst
    from PIL import Image

    sheet = typst.compile(ROOT / "templates" / "pdf" / "card.typ", format="png", ppi=72, root=ROOT, ignore_system_fonts=True)
    picture = Image.open(io.BytesIO(sheet)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    body = io.BytesIO()
    picture.save(body, "PNG", optimize=True)
    return body.getvalue()


if __name__ == "__main__":
    CARD.write_bytes(draw())
    print(f"{CARD.relative_to(ROOT)}: {CARD.stat().st_size} bytes")
