"""System checks for settings that would lose messages or open the site to strangers. Each hint says what to change."""
from __future__ import unicode_literals

from chartroom.checks import database, installation, layer, mysql, servers, sessions, settings
