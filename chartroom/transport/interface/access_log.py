"""The access log (``--access-log``), which is opened again after log rotation."""
from __future__ import unicode_literals

import logging
import os
import sys

logger = logging.getLogger(__name__)


class AccessLog(object):
    """
    ``generator``: daphne's `AccessLogGenerator`, which has the ``stream``; None without an access log.
    The file is found by the path that it has now, whatever the working directory is later.
    """

    def __init__(self, generator):
        self._generator = generator
        stream = getattr(generator, "stream", None)
        is_file = stream is not None and stream is not sys.stdout and os.path.exists("%s" % getattr(stream, "name", ""))
        self.path = os.path.abspath(stream.name) if is_file else None

    def reopen(self):
        """Call it in the thread that writes. If the file can't be opened, the old one is kept."""
        if self.path is None:
            return
        try:
            stream = open(self.path, "a", 1)
        except EnvironmentError as error:
            logger.error("Could not open the access log %s again, so the old one is used: %s", self.path, error)
            return
        old, self._generator.stream = self._generator.stream, stream
        old.close()
