"""What search engines are told about a page, as schema.org data (JSON-LD); pure but for the site's address.

A view puts one of these, or a list of them, into its context as `linked` (or a function without arguments that returns
it); `base.html` writes it for visitors. Addresses are given as paths and become absolute under SITE_URL, whatever host
was asked. Texts are plain: nothing here renders or escapes; `as_json` makes the result safe within HTML.
"""

import json
from datetime import date, datetime

from django.conf import settings
from django.utils.translation import gettext as _

CONTEXT = "https://schema.org"
UNSAFE = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}
PARENTS = ("International Training Centre of the ILO", "International Labour Organization")


def absolute(path: str) -> str:
    """Return the address of a path of the portal under SITE_URL; what has a scheme already stays as it is."""
    return path if path.startswith(("https://", "http://")) else f"{settings.SITE_URL}{path}"


def as_json(data: dict | list[dict]) -> str:
    """Return data as JSON that may stand within a script element: no text of it can close the element.

    Args: data: one thing, or several, which become a graph.
    """
    whole = {"@graph": data} if isinstance(data, list) else data
    text = json.dumps({"@context": CONTEXT} | whole, ensure_ascii=False, separators=(",", ":"))
    return text.translate(UNSAFE)


def thing(kind: str, **facts) -> dict:
    """Return a thing of a schema.org type with those facts that are known; dates as ISO 8601."""
    known = {name: value for name, value in facts.items() if value not in (None, "", [], ())}
    return {"@type": kind} | {
        name: value.isoformat() if isinstance(value, (date, datetime)) else value for name, value in known.items()
    }


def minutes_long(minutes: int | None) -> str:
    """Return a time in minutes as an ISO 8601 duration, "" for none."""
    return f"PT{minutes}M" if minutes else ""


def programme_itself() -> dict:
    """Return the programme as the one that provides or publishes something."""
    return thing("Organization", name=_("Financing Decent Work"), url=absolute("/"))


def organization(*, description: str, logo: str) -> dict:
    """Return the programme for the home page. Args: logo: path of our own mark, never another organisation's."""
    parents = [thing("Organization", name=name) for name in PARENTS]
    return programme_itself() | thing(
        "Organization", description=description, logo=absolute(logo), parentOrganization=parents, knowsLanguage=_languages()
    )


def breadcrumbs(*steps: tuple[str, str]) -> dict:
    """Return the way to a page. Args: steps: (name, path) from the home page's first child to the page itself."""
    items = [thing("ListItem", position=n, name=name, item=absolute(path)) for n, (name, path) in enumerate(steps, start=1)]
    return thing("BreadcrumbList", itemListElement=items)


def course(
    *, name: str, description: str, path: str, language: str, minutes: int, languages=(), about: str = "", teaches=(), parts=()
) -> dict:
    """Return a free course that is taken alone and online.

    Args: language: of the page; minutes: how long it takes in all; languages: codes in which it can be read whole;
    about: its theme; teaches: what one can do afterwards; parts: `learning_resource`s or {name, url} in order.
    """
    instance = thing(
        "CourseInstance", courseMode="Online", courseWorkload=minutes_long(minutes), inLanguage=list(languages) or language
    )
    return thing(
        "Course",
        name=name,
        description=description,
        url=absolute(path),
        inLanguage=language,
        availableLanguage=list(languages),
        timeRequired=minutes_long(minutes),
        isAccessibleForFree=True,
        about=about,
        teaches=list(teaches),
        provider=programme_itself(),
        offers=thing("Offer", category="Free", price=0, priceCurrency="USD"),
        hasCourseInstance=instance,
        hasPart=list(parts),
    )


def learning_resource(
    *, name: str, path: str, language: str, description: str = "", minutes: int | None = None, kind: str = "", part_of=None
) -> dict:
    """Return one thing to learn with. Args: kind: such as "reading", "quiz"; part_of: (name, path) of its course."""
    return thing(
        "LearningResource",
        name=name,
        description=description,
        url=absolute(path),
        inLanguage=language,
        learningResourceType=kind,
        timeRequired=minutes_long(minutes),
        isAccessibleForFree=True,
        isPartOf=thing("Course", name=part_of[0], url=absolute(part_of[1])) if part_of else None,
        provider=programme_itself(),
    )


def defined_terms(*, name: str, path: str, language: str, terms, description: str = "") -> dict:
    """Return a glossary. Args: terms: (slug, term, definition) in order; each is addressed as `path#g-slug`."""
    address = absolute(path)
    found = [
        thing("DefinedTerm", name=term, termCode=slug, description=definition, url=f"{address}#g-{slug}")
        for slug, term, definition in terms
    ]
    return thing("DefinedTermSet", name=name, description=description, url=address, inLanguage=language, hasDefinedTerm=found)


def article(
    *,
    headline: str,
    path: str,
    language: str,
    description: str = "",
    published: date | datetime | None = None,
    modified: date | datetime | None = None,
    authors=(),
    image: str = "",
    about=(),
) -> dict:
    """Return a page with a text: of the programme, a country profile, a mechanism, a good practice.

    Args: authors: names of persons, the programme where none is given; image: a path; about: names of its themes.
    """
    by = [thing("Person", name=author) for author in authors]
    return thing(
        "Article",
        headline=headline[:110],
        description=description,
        url=absolute(path),
        mainEntityOfPage=absolute(path),
        inLanguage=language,
        datePublished=published,
        dateModified=modified,
        author=by or programme_itself(),
        publisher=programme_itself(),
        image=absolute(image) if image else None,
        about=list(about),
        isAccessibleForFree=True,
    )


def document(
    *,
    name: str,
    path: str,
    language: str,
    description: str = "",
    credit: str = "",
    year: int | None = None,
    licence: str = "",
    kind: str = "",
    files=(),
) -> dict:
    """Return a record of a publication, which may lie elsewhere.

    Args: credit: its authors, as one text; licence: address of the licence's text; files: (language, path or address,
    content type or "", size in bytes or None) of each.
    """
    found = [
        thing("MediaObject", inLanguage=code, contentUrl=absolute(at), encodingFormat=mime, contentSize=str(size or ""))
        for code, at, mime, size in files
    ]
    return thing(
        "DigitalDocument",
        name=name,
        description=description,
        url=absolute(path),
        inLanguage=[code for code, *_rest in files] or language,
        creditText=credit,
        datePublished=str(year or ""),
        license=licence,
        genre=kind,
        encoding=found,
        isAccessibleForFree=True,
    )


def faq_page(*, path: str, language: str, questions) -> dict:
    """Return questions with their answers. Args: questions: (question, answer) with the answer as plain text or our HTML."""
    found = [thing("Question", name=question, acceptedAnswer=thing("Answer", text=answer)) for question, answer in questions]
    return thing("FAQPage", url=absolute(path), inLanguage=language, mainEntity=found)


def event(
    *,
    name: str,
    path: str,
    begins: date | datetime,
    ends: date | datetime | None = None,
    description: str = "",
    languages=(),
    place: str = "",
    country: str = "",
    is_cancelled: bool = False,
    is_free: bool = True,
    apply_until: datetime | None = None,
    about=(),
    parts=(),
) -> dict:
    """Return something held at a time, online unless a place is given.

    Args: begins, ends: aware, or days; place: a town or house; country: ISO 3166-1 code; apply_until: the deadline of its
    open call, None without one; about: names of its themes; parts: `event_part`s in order.
    """
    if place:
        where = thing("Place", name=place, address=thing("PostalAddress", addressLocality=place, addressCountry=country))
    else:
        where = thing("VirtualLocation", url=absolute(path))
    return thing(
        "EducationEvent",
        name=name,
        description=description,
        url=absolute(path),
        startDate=begins,
        endDate=ends,
        inLanguage=list(languages),
        location=where,
        eventAttendanceMode=f"{CONTEXT}/{'Offline' if place else 'Online'}EventAttendanceMode",
        eventStatus=f"{CONTEXT}/{'EventCancelled' if is_cancelled else 'EventScheduled'}",
        organizer=programme_itself(),
        isAccessibleForFree=is_free,
        offers=offer(path, is_free=is_free, until=apply_until),
        about=list(about),
        subEvent=list(parts),
    )


def offer(path: str, *, is_free: bool, until: datetime | None = None) -> dict | None:
    """Return how one comes to take part: None when neither a price nor a deadline is known. Args: until: of the open call."""
    price = {"category": "Free", "price": 0, "priceCurrency": "USD"} if is_free else {}
    return thing("Offer", url=absolute(path), validThrough=until, **price) if is_free or until else None


def event_part(*, name: str, begins: datetime, ends: datetime) -> dict:
    """Return one session of something held, online."""
    return thing("Event", name=name, startDate=begins, endDate=ends, eventAttendanceMode=f"{CONTEXT}/OnlineEventAttendanceMode")


def _languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]
