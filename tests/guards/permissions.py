"""The permission table: what a GET of every address leads to, for each role. A new address needs a line here.

A line is a URL name (or, without a name, its pattern), perhaps with a case: `courses:unit_detail draft`.
"login" is a redirect to sign-in, 302 any other redirect (as the portal leads on, or asks for the password again).
The rest of the administration is judged in tests/core and tests/courses.
"""


def of_unit(name: str):
    return lambda scene: {"module": scene[name].module.slug, "unit": scene[name].slug}


def of_attempt(scene: dict) -> dict:
    return of_unit("check")(scene) | {"number": scene["attempt"].number}


def module(slug: str):
    return lambda scene: {"module": slug}


KWARGS = {
    "file": lambda scene: {"key": scene["public_file"].key},
    "file own": lambda scene: {"key": scene["own_file"].key},
    "courses:module_detail": module("published"),
    "courses:module_detail draft": module("draft"),
    "courses:module_continue": module("published"),
    "courses:module_continue draft": module("draft"),
    "courses:unit_detail": of_unit("unit"),
    "courses:unit_detail draft": of_unit("draft_unit"),
    "courses:unit_detail check": of_unit("check"),
    "courses:unit_complete": of_unit("unit"),
    "courses:unit_complete check": of_unit("check"),
    "courses:unit_place": of_unit("unit"),
    "courses:unit_place draft": of_unit("draft_unit"),
    "courses:attempt_start": of_unit("check"),
    "courses:attempt_start draft": of_unit("draft_unit"),
    "courses:attempt_detail": of_attempt,
    "courses:answer_save": of_attempt,
    "courses:attempt_submit": of_attempt,
    "reminders:letter_detail": lambda scene: {"pk": scene["letter"].pk},
    "mfa_remove_webauthn": lambda scene: {"pk": 1},
    "mfa_edit_webauthn": lambda scene: {"pk": 1},
    "openid_connect_login": lambda scene: {"provider_id": "oidc"},
    "openid_connect_callback": lambda scene: {"provider_id": "oidc"},
}

# fmt: off
TABLE = {  # visitor participant outsider tutor staff
    # Open to all
    "root": "302 302 302 302 302",
    "home": "200 200 200 200 200",
    "health": "200 200 200 200 200",
    "robots": "200 200 200 200 200",
    "set_language": "302 302 302 302 302",
    "typed": "302 302 302 302 302",
    "accounts:privacy": "200 200 200 200 200",
    "programme:glossary": "200 200 200 200 200",
    "file": "200 200 200 200 200",
    "file own": "login 200 404 404 200",
    # Courses
    "courses:module_list": "200 200 200 200 200",
    "courses:module_detail": "200 200 200 200 200",
    "courses:module_detail draft": "404 404 404 404 200",
    "courses:module_continue": "login 302 302 302 302",
    "courses:module_continue draft": "login 404 404 404 302",
    "courses:unit_detail": "200 200 200 200 200",
    "courses:unit_detail check": "200 200 200 200 200",
    "courses:unit_detail draft": "404 404 404 404 200",
    "courses:unit_complete": "login 405 405 405 405",
    "courses:unit_complete check": "login 405 405 405 405",
    "courses:unit_place": "login 405 405 405 405",
    "courses:unit_place draft": "login 405 405 405 405",
    "courses:attempt_start": "login 405 405 405 405",
    "courses:attempt_start draft": "login 405 405 405 405",
    "courses:attempt_detail": "login 200 404 404 404",
    "courses:answer_save": "login 405 405 405 405",
    "courses:attempt_submit": "login 405 405 405 405",
    # A person's own
    "reminders:letter_list": "login 200 200 200 200",
    "reminders:letter_detail": "login 200 404 404 404",
    "accounts:profile": "login 200 200 200 200",
    "accounts:consent": "login 200 200 200 200",
    "usersessions_list": "login 200 200 200 200",
    # Signing in and up
    "account_login": "200 302 302 302 302",
    "account_logout": "302 200 200 200 200",
    "account_signup": "200 302 302 302 302",
    "account_inactive": "200 200 200 200 200",
    "account_reauthenticate": "login 200 200 200 200",
    "account_email": "login 200 200 200 200",
    "account_email_verification_sent": "login 302 302 302 302",
    "account_change_password": "login 200 200 200 200",
    "account_set_password": "login 302 302 302 302",
    "account_reset_password": "200 200 200 200 200",
    "account_complete_password_reset": "302 302 302 302 302",
    "account_confirm_password_reset_code": "login login login login login",
    "account_password_reset_completed": "200 200 200 200 200",
    "account_request_login_code": "200 302 302 302 302",
    "account_confirm_login_code": "302 302 302 302 302",
    # Second factor and passkeys: changing them asks again who it is
    "mfa_index": "login 200 200 200 200",
    "mfa_authenticate": "login 302 302 302 302",
    "mfa_reauthenticate": "login 302 302 302 302",
    "mfa_activate_totp": "login 302 302 302 302",
    "mfa_deactivate_totp": "login 404 404 404 404",
    "mfa_view_recovery_codes": "login 404 404 404 404",
    "mfa_generate_recovery_codes": "login 302 302 302 302",
    "mfa_download_recovery_codes": "login 404 404 404 404",
    "mfa_list_webauthn": "login 200 200 200 200",
    "mfa_add_webauthn": "login 302 302 302 302",
    "mfa_edit_webauthn": "login 302 302 302 302",
    "mfa_remove_webauthn": "login 302 302 302 302",
    "mfa_login_webauthn": "login 302 302 302 302",
    "mfa_reauthenticate_webauthn": "login 302 302 302 302",
    # Single sign-on, of which the tests configure none
    "openid_connect_login": "404 404 404 404 404",
    "openid_connect_callback": "404 404 404 404 404",
    "socialaccount_signup": "login login login login login",
    "socialaccount_connections": "login 200 200 200 200",
    "socialaccount_login_cancelled": "200 200 200 200 200",
    "socialaccount_login_error": "401 401 401 401 401",
    "accounts/social/signup/": "login 301 301 301 301",
    "accounts/social/connections/": "login 301 301 301 301",
    "accounts/social/login/cancelled/": "login 301 301 301 301",
    "accounts/social/login/error/": "login 301 301 301 301",
    # The administration
    "admin:index": "302 302 302 302 200",
    "admin:login": "login 403 403 403 302",
}
