from __future__ import unicode_literals

from chartroom.wire import protocol


def test_every_shared_name_exists():
    assert all(isinstance(getattr(protocol, name), (int, type(""))) for name in protocol.SHARED_NAMES)
    assert [getattr(protocol, code.upper()) for code in protocol.ERROR_CODES] == list(protocol.ERROR_CODES)
