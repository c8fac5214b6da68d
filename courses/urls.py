from django.urls import path

from courses import views

app_name = "courses"
urlpatterns = [
    path("", views.module_list, name="module_list"),
    path("<slug:module>/", views.module_detail, name="module_detail"),
    path("<slug:module>/continue/", views.module_continue, name="module_continue"),
    path("<slug:module>/<slug:unit>/", views.unit_detail, name="unit_detail"),
    path("<slug:module>/<slug:unit>/complete/", views.unit_complete, name="unit_complete"),
    path("<slug:module>/<slug:unit>/place/", views.unit_place, name="unit_place"),
    path("<slug:module>/<slug:unit>/start/", views.attempt_start, name="attempt_start"),
    path("<slug:module>/<slug:unit>/attempts/<n:number>/", views.attempt_detail, name="attempt_detail"),
    path("<slug:module>/<slug:unit>/attempts/<n:number>/answer/", views.answer_save, name="answer_save"),
    path("<slug:module>/<slug:unit>/attempts/<n:number>/submit/", views.attempt_submit, name="attempt_submit"),
]
