from django.urls import path

from reminders import views

app_name = "reminders"
urlpatterns = [
    path("", views.letter_list, name="letter_list"),
    path("<n:pk>/", views.letter_detail, name="letter_detail"),
]
