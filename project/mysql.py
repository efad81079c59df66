"""MariaDB and MySQL: the driver, and the options of a connection."""
from __future__ import unicode_literals

import pymysql

OPTIONS = {
    # Django's default has no characters of four bytes, such as emoji.
    "charset": "utf8mb4",
    # As PostgreSQL: a transaction sees what others have committed.
    "init_command": "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
}
TEST = {"CHARSET": "utf8mb4"}

# Django imports MySQLdb.
pymysql.install_as_MySQLdb()


def configure(database):
    """Add to an entry of DATABASES what its URL does not set."""
    database["OPTIONS"] = dict(OPTIONS, **database.get("OPTIONS", {}))
    database["TEST"] = dict(TEST)
