from __future__ import unicode_literals

from django.conf import settings
from django.conf.urls import include, url
from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.views.generic import RedirectView

from chartroom.pages.log_out import log_out

urlpatterns = [
    url(r"^$", RedirectView.as_view(pattern_name="chartroom:rooms", permanent=False)),
    url(r"^chat/", include("chartroom.urls", namespace="chartroom")),
    url(r"^", include("chartroom.sources.urls", namespace="sources")),
    url(r"^health/", include("chartroom.pages.health")),
    url(r"^accounts/login/$", auth_views.login, {"template_name": "login.html"}, name="login"),
    url(r"^accounts/logout/$", log_out, name="logout"),
    url(r"^i18n/", include("django.conf.urls.i18n")),
    # Django's view logs out on GET, which an image on any site can trigger.
    url(r"^admin/logout/$", log_out),
    url(r"^admin/", admin.site.urls),
]
if settings.CHARTROOM_METRICS_TOKEN:
    urlpatterns.append(url(r"^metrics/", include("chartroom.status.metrics")))
handler500 = "chartroom.pages.failures.server_error"
