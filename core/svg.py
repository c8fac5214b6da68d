"""Drawings that staff upload as SVG: only shapes and words, so that they are safe wherever they are shown."""

import re
from xml.etree import ElementTree

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

NAMESPACE = "{http://www.w3.org/2000/svg}"
ELEMENTS = {
    "svg", "g", "title", "desc", "style", "defs", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
    "text", "tspan", "linearGradient", "radialGradient", "stop", "clipPath", "marker", "pattern", "symbol", "use",
}  # fmt: skip
LEADS_OUT = re.compile(r"url\((?!\s*['\"]?#)|image-set|@import|expression|javascript:|\\", re.IGNORECASE)
INSTRUCTION = re.compile(r"<\?(?!xml\s)")  # such as a stylesheet from elsewhere; the parser leaves them out in silence


def safe_drawing(source: str) -> None:
    """Refuse an SVG that could run, load or lead anywhere: scripts, handlers, links, images, entities.

    Raises: ValidationError naming the first fault. Pure.
    """
    if "<!DOCTYPE" in source or "<!ENTITY" in source:
        raise ValidationError(_("A drawing must not declare a document type or entities."))
    if INSTRUCTION.search(source):
        raise ValidationError(_("This is not a drawing in SVG: %(fault)s.") % {"fault": "<?…?>"})
    try:
        root = ElementTree.fromstring(source)  # noqa: S314 (no document type, hence no entities)
    except ElementTree.ParseError as error:
        raise ValidationError(_("This is not a drawing in SVG: %(fault)s.") % {"fault": error}) from error
    if root.tag != f"{NAMESPACE}svg" or not root.get("viewBox"):
        raise ValidationError(_("A drawing begins with <svg> and has a viewBox."))
    for part in root.iter():
        name = part.tag.removeprefix(NAMESPACE) if isinstance(part.tag, str) else "?"
        if name not in ELEMENTS:
            raise ValidationError(_("A drawing must not contain <%(name)s>.") % {"name": name})
        for attribute, value in part.attrib.items():
            own = attribute.rpartition("}")[2]
            leads_out = own == "base" or (own == "href" and not value.startswith("#"))
            if attribute.lower().startswith("on") or leads_out or LEADS_OUT.search(value):
                raise ValidationError(_("A drawing must not use %(name)s like this.") % {"name": attribute})
        if name == "style" and (len(part) or LEADS_OUT.search(part.text or "")):
            raise ValidationError(_("The style of a drawing must not load anything."))
