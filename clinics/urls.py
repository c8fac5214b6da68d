from django.urls import path

from clinics.views import editions

app_name = "clinics"
urlpatterns = [
    path("<slug:slug>/", editions.edition_detail, name="edition_detail"),
]
