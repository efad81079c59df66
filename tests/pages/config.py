"""What a page's script is given."""
from __future__ import unicode_literals

import json
import re


def config_of(response):
    """The page's configuration, read from its HTML."""
    [text] = re.findall(
        r'<script type="application/json" id="config">(.*?)</script>', response.content.decode("utf-8"), re.DOTALL)
    return json.loads(text)
