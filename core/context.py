"""What every page knows. Cheap: no query here."""

import re

from django.conf import settings
from django.utils.translation import get_language

# First parts of addresses (behind the language) that search engines shall leave alone; robots.txt says the same.
UNLISTED = ("accounts/", "reminders/", "search/", "jobs/", "typed/")
PAGE = re.compile(r"(?:^|&)page=([1-9][0-9]{0,5})(?:&|$)")


def page(request):
    """Return the site's address, the language, and the same page in the other languages (as paths).

    `canonical` is the one path of the page behind its language; see `canonical_query` for what it keeps of a query.
    """
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    path, query = request.path, request.META.get("QUERY_STRING", "")
    prefixed = path.startswith(f"/{language}/")
    rest = path[4:] if prefixed else ""
    tail = f"?{query}" if query and prefixed else ""
    canonical = (rest if prefixed else path.lstrip("/")) + canonical_query(query)
    return {
        "site_url": settings.SITE_URL,
        "language": language,
        "languages": [
            {"code": code, "name": name, "url": f"/{code}/{rest}{tail}", "here": code == language}
            for code, name in settings.LANGUAGES
        ],
        "demo": settings.DEMO,
        "canonical": f"/{language}/{canonical}" if prefixed else f"/{canonical}",
        "alternates": [(code, f"/{code}/{canonical}") for code, _name in settings.LANGUAGES] if prefixed else [],
        "default_path": f"/{canonical}",  # leads on to the reader's own language
        "noindex": rest.startswith(UNLISTED),
    }


def canonical_query(query: str) -> str:
    """Return what of a query makes another page to a search engine: `?page=` from the second on.

    Filters, orders and whatever mails and networks add show the same things again, so they do not count.
    """
    found = PAGE.search(query)
    return f"?page={found[1]}" if found and found[1] != "1" else ""
