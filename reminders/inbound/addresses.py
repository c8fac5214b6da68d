"""Signed addresses: a letter is answered at `mailbox+forums.12.k2j…@host`, which only the portal can make."""

import base64
import re

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

KIND, KEY = re.compile(r"[a-z][a-z0-9]*"), re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SIGNED = 13  # characters of base32: 65 bits, and the address of a 32 character key still fits
LONGEST = 64  # of what stands before the @ (RFC 5321)


class Forged(Exception):
    """An address of ours with an addition that we have not signed, or not all of it."""


def general_address() -> str:
    """Return the address at which the programme is written to, in small letters."""
    return settings.INBOUND_ADDRESS.lower()


def reply_address(kind: str, key: str) -> str:
    """Return the signed address at which something is answered by mail. Pure.

    Args: kind: the name in `registry.inbound`, small letters and digits; key: what it is about, small letters, digits
    and hyphens: mail servers fold the case. Put into it whatever the answer must be bound to, such as "12-5".
    Raises: ValueError when the parts hold anything else or the address would be too long for mail servers.
    """
    if not KIND.fullmatch(kind) or not KEY.fullmatch(key):
        raise ValueError(f"no part of an address: {kind}.{key}")
    name, _at, host = general_address().rpartition("@")
    local = f"{name}+{kind}.{key}.{signature(kind, key)}"
    if len(local) > LONGEST:
        raise ValueError(f"{local} is longer than {LONGEST} characters")
    return f"{local}@{host}"


def signature(kind: str, key: str) -> str:
    """Return what proves that the portal made an address: small letters and digits. Pure."""
    digest = salted_hmac("reminders.inbound", f"{kind}.{key}", algorithm="sha256").digest()
    return base64.b32encode(digest).decode().lower()[:SIGNED]


def read_address(address: str) -> tuple[str, str] | None:
    """Return (kind, key) of an address that we signed, ("", "") of the general one, None of any other. Pure.

    Raises: Forged for an address of ours with another addition.
    """
    local, _at, host = address.strip().lower().rpartition("@")
    name, _at, our_host = general_address().rpartition("@")
    if host != our_host or local.partition("+")[0] != name:
        return None
    if local == name:
        return "", ""
    parts = local.partition("+")[2].split(".")
    if len(parts) != 3 or not constant_time_compare(signature(parts[0], parts[1]), parts[2]):
        raise Forged(address)
    return parts[0], parts[1]
