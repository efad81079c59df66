from __future__ import unicode_literals

import warnings

# autobahn imports a part of cryptography that says so on each start; nobody who starts this can act on it.
warnings.filterwarnings("ignore", message=r"Python (2|3\.6) is no longer supported by the Python core team")
