"""Signing up and in: the same to strangers and friends, limited, in the portal's words, nothing typed lost."""

import re
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import override

from accounts.adapter import PortalAccountAdapter, PortalSocialAdapter
from accounts.models import User
from accounts.services import give_consent
from accounts.templatetags.sign_in import browser
from core.middleware import LAST_PERSON

pytestmark = pytest.mark.django_db
PASSWORD = "a quiet river bends"
KNOWN, UNKNOWN = "known@demo.example", "other@demo.example"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()
    yield
    cache.clear()


def person(email=KNOWN, **fields):
    user = User.objects.create_user(email, PASSWORD, name="Demo Person", **fields)
    give_consent(user=user, language="en")
    return user


def signup_data(email, **changes):
    return {"name": "New Person", "email": email, "password1": PASSWORD, "consent": "on", "zone": "Africa/Kigali"} | changes


def code_in_mail() -> str:
    return re.search(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", mail.outbox[-1].body, re.MULTILINE)[1]


def login(client, email=KNOWN, **more):
    return client.post(reverse("account_login"), {"login": email, "password": PASSWORD} | more)


def login_anew(client):
    """Sign in, and show once more who it is, as what changes the way in asks."""
    login(client)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


# Pages -------------------------------------------------------------------------------------------
VISITOR_PAGES = ["account_login", "account_signup", "account_request_login_code", "account_reset_password",
                 "account_inactive", "account_password_reset_completed", "socialaccount_login_cancelled"]  # fmt: skip
PERSON_PAGES = ["account_email", "account_change_password", "account_logout", "mfa_index", "mfa_list_webauthn",
                "mfa_activate_totp", "mfa_add_webauthn", "usersessions_list", "socialaccount_connections",
                "account_reauthenticate"]  # fmt: skip


def is_ours(page: str) -> bool:
    inline = re.search(r"<script(?![^>]*(?:src=|application/json))|<style|\sstyle=|\son\w+=", page)
    return '<main class="wrap"' in page and page.count("<h1") == 1 and "placeholder" not in page and not inline


@pytest.mark.parametrize("language", ["en", "fr", "es"])
@pytest.mark.parametrize("name", VISITOR_PAGES)
def test_visitor_page_has_the_portals_look(client, name, language):
    with override(language):
        page = client.get(reverse(name)).content.decode()
    assert is_ours(page)
    assert f'<html lang="{language}"' in page


@pytest.mark.parametrize("name", PERSON_PAGES)
def test_person_page_has_the_portals_look(client, name):
    person()
    login_anew(client)
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert is_ours(response.content.decode())
    assert response.content.decode().count("btn-primary") <= 1


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_request_login_code", "account_reset_password"])
def test_entrance_keeps_next(client, name):
    page = client.get(reverse(name) + "?next=/en/courses/").content.decode()
    assert '<input type="hidden" name="next" value="/en/courses/">' in page
    assert re.search(r'href="/en/accounts/\w+/\?next=(/|%2F)en(/|%2F)courses(/|%2F)"', page)


def test_refused_form_answers_400_with_summary(client):
    response = client.post(reverse("account_signup"), {})
    page = response.content.decode()
    assert response.status_code == 400
    assert 'role="alert"' in page
    assert 'href="#id_email"' in page
    assert client.post(reverse("account_login"), {"login": "x"}).status_code == 400


def test_oidc_button_only_when_configured(client, settings):
    assert "oidc" not in client.get(reverse("account_login")).content.decode()
    app = {"provider_id": "oidc", "name": "ITC login", "client_id": "c", "secret": "s", "settings": {"server_url": "https://x"}}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    page = client.get(reverse("account_login")).content.decode()
    link = re.search(r'href="([^"]+/oidc/oidc/login/[^"]*)"', page)[1]
    found = {"authorization_endpoint": "https://x/authorize", "token_endpoint": "https://x/token"}
    provider = "allauth.socialaccount.providers.openid_connect.views.OpenIDConnectOAuth2Adapter.openid_config"
    with mock.patch(provider, new=found):
        assert "ITC login" in page
        assert client.get(link).url.startswith("https://x/authorize?client_id=c")


def test_single_sign_on_brings_a_name_and_no_consent(rf):
    user, form = User(email=UNKNOWN), mock.Mock(cleaned_data={"email": UNKNOWN})
    PortalSocialAdapter().populate_user(rf.get("/"), mock.Mock(user=user), {"name": "Ana Díaz", "email": UNKNOWN})
    saved = PortalAccountAdapter().save_user(rf.get("/"), user, form)
    assert saved.name == "Ana Díaz"
    assert not saved.has_consented


def test_browser_is_named():
    assert browser("Mozilla/5.0 (Linux; Android 14) AppleWebKit Chrome/120 Mobile Safari/537") == "Chrome, Android"
    assert browser("curl/8") == "curl/8"


# The ways in ---------------------------------------------------------------------------------------
def test_sign_up_by_mailed_code(client):
    with override("fr"):
        response = client.post(reverse("account_signup"), signup_data(UNKNOWN, next="/fr/courses/"), follow=True)
    assert client.post(response.request["PATH_INFO"], {"code": "WRONG"}).status_code == 400
    done = client.post(response.request["PATH_INFO"], {"code": code_in_mail(), "next": "/fr/courses/"})
    user = User.objects.get(email=UNKNOWN)
    assert done.url == "/fr/courses/"
    assert (user.language, user.zone, user.name) == ("fr", "Africa/Kigali", "New Person")
    assert user.has_consented
    assert user.emailaddress_set.get().verified


def test_sign_up_needs_consent(client):
    assert client.post(reverse("account_signup"), signup_data(UNKNOWN, consent="")).status_code == 400
    assert not User.objects.exists()


def test_login_by_code(client):
    person()
    client.post(reverse("account_request_login_code"), {"email": KNOWN, "next": "/en/glossary/"})
    confirm = reverse("account_confirm_login_code")
    assert client.post(confirm, {"code": "WRONG"}).status_code == 400
    assert client.post(confirm, {"code": code_in_mail(), "next": "/en/glossary/"}).url == "/en/glossary/"
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_reset_by_code(client):
    user = person()
    client.post(reverse("account_reset_password"), {"email": KNOWN})
    client.post(reverse("account_confirm_password_reset_code"), {"code": code_in_mail()})
    new = "another river bends"
    client.post(reverse("account_complete_password_reset"), {"password1": new, "password2": new})
    user.refresh_from_db()
    assert user.check_password(new)


def test_shared_computer_ends_with_the_browser(client):
    person()
    login(client, shared="on")
    assert client.session["shared"]
    assert client.session.get_expire_at_browser_close()
    client.get(reverse("home"))
    assert client.cookies[LAST_PERSON].value
    assert not client.cookies[LAST_PERSON]["max-age"]


def test_second_factor_asked_and_accepted(client):
    user = person()
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    assert login(client).url.startswith(reverse("mfa_authenticate"))
    with mock.patch("allauth.mfa.totp.internal.auth.validate_totp_code", side_effect=lambda _, code: code == "123456"):
        assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 400
        client.post(reverse("mfa_authenticate"), {"code": "123456"})
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_totp_picture_is_readable_in_the_dark(client):
    person()
    login_anew(client)
    response = client.get(reverse("mfa_activate_totp"))
    assert 'fill="#fff"' in response.context["totp_svg"]


def test_logout_is_a_form(client):
    person()
    login(client)
    page = client.get(reverse("account_logout")).content.decode()
    assert "data-signout" in page
    assert "%s could not be sent" in page
    assert "fdw/answers.js" in page
    assert client.get(reverse("accounts:profile")).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(reverse("accounts:profile")).status_code == 302


def test_sign_out_elsewhere(client):
    person()
    other = type(client)()
    login(client)
    login(other)
    other.get(reverse("home"))
    client.post(reverse("usersessions_list"))
    assert other.get(reverse("accounts:profile")).status_code == 302
    assert client.get(reverse("accounts:profile")).status_code == 200


# Nobody learns who has an account ------------------------------------------------------------------
def attempt(client, name, data, email):
    """Return status, where it led, the page without address and token, mails sent and passwords hashed."""
    client.logout()
    client.cookies.clear()
    mail.outbox.clear()
    hash_password, hashed = MD5PasswordHasher.encode, []

    def counted(self, password, salt, *rest):
        hashed.append(salt)
        return hash_password(self, password, salt, *rest)

    with mock.patch.object(MD5PasswordHasher, "encode", counted):
        first = client.post(reverse(name), data)
        last = client.get(first.url) if first.status_code == 302 else first
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", last.content.decode()).replace(email, "ADDRESS")
    return first.status_code, getattr(first, "url", ""), last.status_code, text, len(mail.outbox), len(hashed)


WAYS = {
    "account_login": lambda email: {"login": email, "password": "not the password"},
    "account_request_login_code": lambda email: {"email": email},
    "account_reset_password": lambda email: {"email": email},
    "account_signup": signup_data,
}


@pytest.mark.parametrize("name", WAYS)
def test_known_and_unknown_addresses_get_the_same(client, name):
    person()
    known = attempt(client, name, WAYS[name](KNOWN), KNOWN)
    unknown = attempt(client, name, WAYS[name](UNKNOWN), UNKNOWN)
    assert known == unknown


@pytest.mark.parametrize("name", ["account_request_login_code", "account_reset_password", "account_signup"])
def test_wrong_code_gets_the_same(client, name):
    person()
    answers = []
    for email in (KNOWN, UNKNOWN):
        client.cookies.clear()
        where = client.post(reverse(name), WAYS[name](email)).url
        tries = [client.post(where, {"code": "WRONG"}) for _ in range(3)]
        answers.append([(r.status_code, getattr(r, "url", "")) for r in tries])
    assert answers[0] == answers[1]


# Limits ------------------------------------------------------------------------------------------
LIMITS = [("account_login", "login_failed", "5"), ("account_request_login_code", "request_login_code", "3"),
          ("account_reset_password", "reset_password", "5")]  # fmt: skip


@pytest.mark.parametrize(("name", "rate", "times"), LIMITS)
def test_limit_for_one_address(client, name, rate, times):
    assert f"{times}/" in settings.ACCOUNT_RATE_LIMITS[rate]
    person()
    data = WAYS[name](KNOWN)
    statuses = []
    with override("fr"):
        for _ in range(int(times) + 1):
            client.cookies.clear()
            response = client.post(reverse(name), data)
            statuses.append(response.status_code)
    page = response.content.decode()
    assert statuses[-1] == 429
    assert 429 not in statuses[:-1]
    assert '<html lang="fr"' in page
    assert "429" in page
    assert "password" not in page


@pytest.mark.parametrize(("name", "times"), [("account_login", 30), ("account_signup", 20)])
def test_limit_for_one_network(client, name, times):
    with override("es"):
        answers = [client.post(reverse(name), {}) for _ in range(times + 1)]
    assert {a.status_code for a in answers[:-1]} == {400}
    assert answers[-1].status_code == 429
    assert '<html lang="es"' in answers[-1].content.decode()


# What must come first ----------------------------------------------------------------------------
def test_staff_need_a_second_factor_for_the_admin(client, settings):
    user = person(is_staff=True, is_superuser=True)
    login(client)
    assert client.get("/admin/").status_code == 200
    settings.STAFF_SECOND_FACTOR = True
    assert client.get("/admin/").url.endswith("/accounts/2fa/")
    assert client.get(reverse("mfa_index")).status_code == 200
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    assert Authenticator.objects.filter(user=user).exists()
    assert client.get("/admin/").status_code == 200


def test_consent_comes_first(client, settings):
    person()
    login(client)
    settings.CONSENT_VERSION = "new"
    assert client.get("/en/accounts/profile/").url == "/en/accounts/consent/?next=/en/accounts/profile/"
    for name in ("accounts:consent", "accounts:privacy", "account_logout"):
        assert client.get(reverse(name)).status_code == 200
    assert client.post(reverse("accounts:consent"), {"next": "/"}).status_code == 400
    done = client.post(reverse("accounts:consent"), {"consent": "on", "next": "/en/accounts/profile/"})
    assert done.url == "/en/accounts/profile/"
    assert client.get(done.url).status_code == 200
    elsewhere = client.post(reverse("accounts:consent"), {"consent": "on", "next": "https://evil.example/"})
    assert elsewhere.url == reverse("home")


# What was typed ----------------------------------------------------------------------------------
TYPED = {"name": "Typed Name", "bio": "Long text, typed with care", "csrfmiddlewaretoken": "x", "password": "secret"}


def expire(client):
    """End the session as time does: the cookie of the last person stays."""
    client.get(reverse("accounts:profile"))
    client.session.flush()


def post_after_expiry(client):
    expire(client)
    response = client.post(reverse("accounts:profile"), TYPED)
    assert response.url == f"{reverse('account_login')}?next={reverse('typed')}"
    return response


def test_typed_text_comes_back_through_the_login(client):
    person()
    login(client)
    post_after_expiry(client)
    back = login(client, next=reverse("typed"))
    page = client.get(back.url).content.decode()
    assert back.url == reverse("typed")
    assert TYPED["bio"] in page
    assert 'action="/en/accounts/profile/"' in page
    assert "secret" not in page


def test_typed_text_stays_hidden_from_another_person(client):
    person()
    person(UNKNOWN)
    login(client)
    post_after_expiry(client)
    login(client, UNKNOWN)
    response = client.get(reverse("typed"))
    assert response.status_code == 403
    assert TYPED["bio"] not in response.content.decode()
    client.post(reverse("account_logout"))
    login(client)
    assert TYPED["bio"] not in client.get(reverse("typed"), follow=True).content.decode()


def test_typed_text_survives_a_second_factor(client):
    user = person()
    login(client)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    post_after_expiry(client)
    login(client, next=reverse("typed"))
    with mock.patch("allauth.mfa.totp.internal.auth.validate_totp_code", return_value=True):
        back = client.post(reverse("mfa_authenticate"), {"code": "123456"})
    assert TYPED["bio"] in client.get(back.url).content.decode()


def test_typed_text_is_hidden_before_the_login(client):
    person()
    login(client)
    post_after_expiry(client)
    assert TYPED["bio"] not in client.get(reverse("typed"), follow=True).content.decode()


def test_admin_has_no_login_that_skips_the_second_factor(client):
    TOTP.activate(person(is_staff=True), "JBSWY3DPEHPK3PXP")
    client.post("/admin/login/", {"username": KNOWN, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_a_code_is_mailed_in_the_language_of_the_account(client):
    person(language="fr")
    with override("en"):
        client.post(reverse("account_request_login_code"), {"email": KNOWN})
    (message,) = mail.outbox
    html = str(message.alternatives[0][0])
    assert '<html lang="fr">' in html
    assert "Financer le travail décent" in html
