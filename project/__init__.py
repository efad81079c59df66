from __future__ import unicode_literals

import warnings

# autobahn imports a part of cryptography that warns on each start; users of the example can do nothing about it.
warnings.filterwarnings("ignore", message=r"Python (2|3\.6) is no longer supported by the Python core team")
