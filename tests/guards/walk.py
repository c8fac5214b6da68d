"""Every address of the portal, as every role sees it."""

import re
from urllib.parse import urlsplit

from django.core.cache import cache
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils.translation import override

from tests.guards.permissions import KWARGS

NOT_WALKED = {"admin"}  # namespaces


def patterns(resolver=None, space="", path="") -> dict[str, str]:
    """Return {name: pattern} of every URL; one without a name goes by its pattern (without the language)."""
    found = {}
    for pattern in (resolver or get_resolver()).url_patterns:
        here = path + re.sub(r"^(en|fr|es)/$", "", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            if pattern.namespace not in NOT_WALKED:
                found |= patterns(pattern, space + (f"{pattern.namespace}:" if pattern.namespace else ""), here)
        else:
            found[f"{space}{pattern.name}" if pattern.name else here] = here
    return found


def unlisted(names, table: dict) -> list[str]:
    """Return the URL names without a line, and the lines without a URL."""
    listed = {line.split()[0] for line in table}
    listed -= {name for name in listed if name.split(":")[0] in NOT_WALKED}
    return [f"no line for {name}" for name in names if name not in listed] + [
        f"no address for {name}" for name in listed if name not in names
    ]


def address(line: str, scene: dict, language: str) -> str:
    """Return the address of a line in a language, with arguments from the scene."""
    name = line.split()[0]
    if "/" in name:
        return f"/{language}/{name}"
    with override(language):
        return reverse(name, kwargs=KWARGS[line](scene) if line in KWARGS else {})


def client_of(user) -> Client:
    client = Client()
    if user.is_authenticated:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def seen(response) -> str:
    """Return what happened in one word: the status, or "login" for a redirect to sign-in."""
    if response.status_code != 302:
        return str(response.status_code)
    path = urlsplit(response["Location"]).path
    return "login" if re.fullmatch(r"/(en|fr|es)/accounts/login/", path) else "302"


def ask(client: Client, method: str, url: str) -> str:
    """Return what one request leads to; an exception is named instead of raised."""
    cache.clear()  # rate limits count in the cache
    try:
        response = getattr(client, method)(url)
    except Exception as error:  # whatever a view raises is a finding, with its name
        return f"500 {type(error).__name__}: {str(error)[:120]}"
    if response.streaming:
        response.getvalue()  # reading to the end closes the file
    return seen(response)


def differences(table: dict, roles, user, role: str, scene: dict, language: str) -> list[str]:
    """Return where a GET leads a role elsewhere than the table says."""
    client, column, found = client_of(user), list(roles).index(role), []
    for line, expected in table.items():
        wanted, got = expected.split()[column], ask(client, "get", address(line, scene, language))
        if got != wanted:
            found.append(f"{line} as {role} in {language}: {got}, the table says {wanted}")
    return found
