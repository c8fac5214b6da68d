from django.urls import path

from core.feeds import feed_view
from programme.feeds import LibraryFeed
from programme.views import countries, faq, library, mailbox, mechanisms, newsletter, pages, people, vocabularies

app_name = "programme"
urlpatterns = [
    path("contact/", mailbox.contact, name="contact"),
    path("contact/thanks/", mailbox.contact_thanks, name="contact_thanks"),
    path("contact/mine/", mailbox.enquiry_list, name="enquiry_list"),
    path("contact/<uuid:key>/", mailbox.enquiry_detail, name="enquiry_detail"),
    path("contact/<uuid:key>/files/<uuid:file>/", mailbox.enquiry_file, name="enquiry_file"),
    path("about/", pages.page_list, name="page_list"),
    path("about/<slug:slug>/", pages.page_detail, name="page_detail"),
    path("faq/", faq.faq, name="faq"),
    path("faq/<slug:slug>/", faq.faq_entry, name="faq_entry"),
    path("partners/", people.partner_list, name="partner_list"),
    path("team/", people.expert_list, name="expert_list"),
    path("countries/", countries.country_list, name="country_list"),
    path("countries/<country:code>/", countries.country_detail, name="country_detail"),
    path("mechanisms/", mechanisms.mechanism_list, name="mechanism_list"),
    path("mechanisms/<slug:code>/", mechanisms.mechanism_detail, name="mechanism_detail"),
    path("vocabularies/", vocabularies.vocabulary_list, name="vocabulary_list"),
    path("vocabularies/<slug:name>.json", vocabularies.vocabulary_file, name="vocabulary_file"),
    path("library/", library.resource_list, name="resource_list"),
    path("library/feed/", feed_view(LibraryFeed), name="resource_feed"),
    path("library/<slug:slug>/", library.resource_detail, name="resource_detail"),
    path("library/<slug:slug>/<slug:language>/", library.document_download, name="document_download"),
    path("newsletter/", newsletter.newsletter, name="newsletter"),
    path("newsletter/confirm/<uuid:key>/", newsletter.newsletter_confirm, name="newsletter_confirm"),
    path("newsletter/end/<uuid:key>/", newsletter.newsletter_end, name="newsletter_end"),
    path("newsletter/<slug:slug>/", newsletter.newsletter_detail, name="newsletter_detail"),
    path("glossary/", vocabularies.glossary, name="glossary"),
]
