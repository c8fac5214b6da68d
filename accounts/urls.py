from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("consent/", views.consent, name="consent"),
    path("privacy/", views.privacy, name="privacy"),
    path("data/", views.data, name="data"),
    path("erase/", views.erase, name="erase"),
    path("erased/", views.erased, name="erased"),
    path("link/<str:token>/", views.sign_in_link, name="sign_in_link"),
    path("looking/stop/", views.looking_stop, name="looking_stop"),
]
