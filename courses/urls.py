from django.urls import path

from courses.views import catalogue, checks, documents, materials, notes, reading, statements, statistics

app_name = "courses"
urlpatterns = [
    path("", catalogue.module_list, name="module_list"),
    path("mine/", notes.my_notes, name="my_notes"),
    path("mine/notes.md", notes.my_notes_file, name="my_notes_file"),
    path("statements/", statements.statement_list, name="statement_list"),
    path("statements/<str:number>/pdf/", statements.statement_pdf, name="statement_pdf"),
    path("verify/", statements.statement_verify, name="statement_verify"),
    path("verify/<str:number>/", statements.statement_detail, name="statement_detail"),
    path("<slug:module>/", catalogue.module_detail, name="module_detail"),
    path("<slug:module>/continue/", catalogue.module_continue, name="module_continue"),
    path("<slug:module>/figures/<slug:key>.<str:language>.svg", materials.figure, name="figure"),
    path("<slug:module>/print/", materials.module_print, name="module_print"),
    path("<slug:module>/answers/", statistics.module_answers, name="module_answers"),
    path("<slug:module>/answers.<sheet:form>", statistics.module_answers_sheet, name="module_answers_sheet"),
    path("<slug:module>/people/", statistics.module_people, name="module_people"),
    path("<slug:module>/people.<sheet:form>", statistics.module_people_sheet, name="module_people_sheet"),
    path("<slug:module>/pdf/", documents.module_pdf, name="module_pdf"),
    path("<slug:module>/statement/", statements.statement_issue, name="statement_issue"),
    path("<slug:module>/<slug:unit>/", reading.unit_detail, name="unit_detail"),
    path("<slug:module>/<slug:unit>/film/", materials.unit_film, name="unit_film"),
    path("<slug:module>/<slug:unit>/complete/", reading.unit_complete, name="unit_complete"),
    path("<slug:module>/<slug:unit>/place/", reading.unit_place, name="unit_place"),
    path("<slug:module>/<slug:unit>/note/", notes.note_save, name="note_save"),
    path("<slug:module>/<slug:unit>/bookmark/", notes.unit_bookmark, name="unit_bookmark"),
    path("<slug:module>/<slug:unit>/clear/", notes.unit_clear, name="unit_clear"),
    path("<slug:module>/<slug:unit>/start/", checks.attempt_start, name="attempt_start"),
    path("<slug:module>/<slug:unit>/attempts/<n:number>/", checks.attempt_detail, name="attempt_detail"),
    path("<slug:module>/<slug:unit>/attempts/<n:number>/answer/", checks.answer_save, name="answer_save"),
    path("<slug:module>/<slug:unit>/attempts/<n:number>/submit/", checks.attempt_submit, name="attempt_submit"),
]
