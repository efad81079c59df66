"""Logging out, by POST only: any image or link on another site can make a browser send a GET."""
from __future__ import unicode_literals

from django.contrib.auth import logout
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods


@never_cache
@csrf_protect
@require_http_methods(["GET", "POST"])
def log_out(request):
    """Log out on POST. A GET, such as that of the admin's link, shows a page with a button."""
    if request.method == "POST":
        logout(request)
        return redirect("chartroom:rooms")
    return render(request, "chartroom/log_out.html")
