"""Reading a PDF back: what a screen reader finds in it. (veraPDF would check every rule; it is no part of this suite.)"""

import io

import pypdf


def reader_of(made: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(made))


def text_of(made: bytes) -> str:
    return "\n".join(page.extract_text() for page in reader_of(made).pages)


def assert_accessible(made: bytes, *, lang: str, title: str) -> None:
    """Assert that a PDF is tagged, names language and title, and says that it is PDF/UA-1 and PDF/A-2a."""
    reader = reader_of(made)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]["/K"]
    assert str(root["/Lang"]).startswith(lang)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == title
    about = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in about
    assert "<pdfaid:part>2</pdfaid:part>" in about
    assert all(page.get("/StructParents") is not None for page in reader.pages if "/Font" in page["/Resources"])


def elements(made: bytes):
    """Yield the elements of the structure tree, in reading order."""
    ahead = [reader_of(made).trailer["/Root"]["/StructTreeRoot"]]
    while ahead:
        node = ahead.pop(0)
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            ahead = list(node) + ahead
        elif isinstance(node, dict):
            yield node
            ahead = ([node["/K"]] if "/K" in node else []) + ahead


def tags_of(made: bytes) -> list[str]:
    """Return the types of the structure tree, such as H1, P, Figure."""
    return [str(node["/S"])[1:] for node in elements(made) if "/S" in node]


def alternatives_of(made: bytes) -> list[str]:
    """Return the text alternatives of figures."""
    return [str(node["/Alt"]) for node in elements(made) if "/Alt" in node]
