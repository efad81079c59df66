"""Serves static files from the WSGI processes; in a deployment, nginx does it."""
from __future__ import unicode_literals

from django.contrib.staticfiles.finders import get_finders
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles(WhiteNoiseMiddleware):
    """
    WhiteNoise with a fixed table of files, built from the apps' folders at start: it needs
    no collectstatic, and a request does not access the disk to find a file.
    """

    def configure_from_settings(self, settings):
        super(StaticFiles, self).configure_from_settings(settings)
        # With DEBUG on, a changed file is served without a restart.
        self.autorefresh = self.use_finders = settings.DEBUG

    def __init__(self, get_response=None):
        super(StaticFiles, self).__init__(get_response)
        if self.autorefresh:
            return
        for finder in get_finders():
            for path, storage in finder.list(None):
                url = self.static_prefix + path
                # The first finder wins, as in collectstatic.
                if url not in self.files:
                    self.files[url] = self.get_static_file(storage.path(path), url)
