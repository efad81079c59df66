from __future__ import unicode_literals


class FeedError(Exception):
    """
    A feed can't be fetched or read. ``detail`` completes a sentence that begins with the
    feed's URL ("answered 404"); ``retry_after``: seconds that its server asks to wait, or None.
    """

    def __init__(self, detail, retry_after=None):
        super(FeedError, self).__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
