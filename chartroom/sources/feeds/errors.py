from __future__ import unicode_literals


class FeedError(Exception):
    """
    Why a feed can't be told of now. ``detail`` goes on from its address in a
    sentence ("answered 404"); ``retry_after``: seconds that its server asks to
    be left alone for, or None.
    """

    def __init__(self, detail, retry_after=None):
        super(FeedError, self).__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
