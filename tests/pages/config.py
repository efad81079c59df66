"""The configuration for a page's script."""
from __future__ import unicode_literals

import json
import re


def config_of(response):
    """Parse the configuration in a page's HTML."""
    [text] = re.findall(
        r'<script type="application/json" id="config">(.*?)</script>', response.content.decode("utf-8"), re.DOTALL)
    return json.loads(text)
