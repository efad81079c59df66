from __future__ import unicode_literals

from django.conf.urls import url
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt

from project.urls import urlpatterns as project


@csrf_exempt
def answer(request):
    return JsonResponse({"id": "", "seq": 0})


urlpatterns = [url(r"^bare/$", answer)] + project
