# coding: utf-8
"""The values of the settings."""
from __future__ import unicode_literals

import six
from django.conf import settings
from django.core.checks import Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

from chartroom.conf import conf, each_setting


@register("chartroom")
def check_settings(app_configs, **kwargs):
    problems = []
    for setting in each_setting():
        try:
            setting.__get__(conf, type(conf))
        except ImproperlyConfigured as error:
            problems.append(Error(six.text_type(error), hint=setting.__doc__, obj=setting.name, id="chartroom.E001"))
    return problems


@register("chartroom")
def check_allowed_hosts(app_configs, **kwargs):
    if not settings.DEBUG and not settings.ALLOWED_HOSTS:
        return [Error(
            "ALLOWED_HOSTS is empty and DEBUG is off: every page and every socket from a browser is refused.",
            hint='Set ALLOWED_HOSTS to the host names of the site (in the example project: '
                 'the environment variable ALLOWED_HOSTS="chat.example.org,…").',
            id="chartroom.E006",
        )]
    if "*" in settings.ALLOWED_HOSTS:
        return [Warning(
            "ALLOWED_HOSTS allows every host, so a page under a host name that an attacker directs at this server "
            "counts as the site's own, and can open a socket.",
            hint="Set ALLOWED_HOSTS to the host names of the site.",
            id="chartroom.W004",
        )]
    return []
