from __future__ import unicode_literals

from django.conf.urls import url

from chartroom.sources.tail import views

urlpatterns = [
    url(r"^tail/$", views.page, name="tail"),
]
