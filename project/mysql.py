# coding: utf-8
"""MariaDB and MySQL: the driver, and the options of a connection."""
from __future__ import unicode_literals

import pymysql
import pymysql.connections

OPTIONS = {
    # Django's default has no characters of four bytes, such as emoji.
    "charset": "utf8mb4",
    # As PostgreSQL: a transaction sees what others have committed.
    "init_command": "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
}
PREFIX = "5.5.5-"
TEST = {"CHARSET": "utf8mb4"}

# Django imports MySQLdb.
pymysql.install_as_MySQLdb()


def get_server_info(connection):
    # To old clients, MariaDB 10 calls itself 5.5.5-10.…, and Django 1.8 takes this for a version without microseconds.
    version = connection.server_version
    return version[len(PREFIX):] if version.startswith(PREFIX) else version


pymysql.connections.Connection.get_server_info = get_server_info


def configure(database):
    """Add to an entry of DATABASES what its URL does not set."""
    database["OPTIONS"] = dict(OPTIONS, **database.get("OPTIONS", {}))
    database["TEST"] = dict(TEST)
