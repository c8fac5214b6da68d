import pytest

pytestmark = pytest.mark.django_db
LANGUAGES = ["en", "fr", "es"]


def refused(response, language):
    assert response.status_code == 400
    assert f'<html lang="{language}">'.encode() in response.content
    assert b"noindex" in response.content  # the error page, not a form that found its fields wrong
    assert b"csrfmiddlewaretoken" not in response.content
    return True


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["courses/a%00b/", "courses/%00", "courses/?q=%00", "courses/?%00=1", "%00/"])
def test_nul_in_address(visitor, language, path):
    assert refused(visitor.get(f"/{language}/{path}"), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fields", [{"login": "a\x00b"}, {"a\x00": "b"}])
def test_nul_in_form(visitor, language, fields):
    assert refused(visitor.post(f"/{language}/accounts/login/", fields), language)


def test_nul_in_form_of_a_person(client_of, participant):
    assert refused(client_of(participant).post("/fr/accounts/profile/", {"name": "a\x00b"}), "fr")


@pytest.mark.parametrize(("field", "value"), [("login", "\\ud800"), ("\\ud800", "a")])
def test_lone_surrogate_in_form(visitor, field, value):
    """A charset of the sender's choice can bring what UTF-8 cannot."""
    body = f'--x\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n--x--\r\n'
    kind = "multipart/form-data; boundary=x; charset=raw_unicode_escape"
    assert refused(visitor.post("/es/accounts/login/", body.encode(), content_type=kind), "es")


@pytest.mark.parametrize("query", ["%ED%A0%80", "%FF%FE", "%C3", "%"])
def test_broken_utf8_in_address_breaks_nothing(visitor, query):
    assert visitor.get(f"/en/courses/?q={query}").status_code == 200
    assert visitor.get(f"/en/courses/{query}/").status_code in (400, 404)


def test_too_many_fields(visitor):
    assert refused(visitor.post("/fr/accounts/login/", {f"f{n}": "" for n in range(1100)}), "fr")


def test_words_of_all_languages_pass(visitor):
    assert visitor.get("/fr/courses/", {"q": "œuvre ñandú 𝒳 👩🏽‍🏫"}).status_code == 200
