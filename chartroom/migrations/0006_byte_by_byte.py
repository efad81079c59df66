# coding: utf-8
"""
For MySQL and MariaDB: names and ids are compared byte by byte, as in other databases.

Each table or its indexes are rebuilt once, and nobody can write to it meanwhile; an empty one takes no time.
"""
from __future__ import unicode_literals

from django.db import migrations

from chartroom.models.collation import compare_byte_by_byte


class Migration(migrations.Migration):

    dependencies = [
        ('chartroom', '0005_restorations'),
    ]

    operations = [
        migrations.RunPython(compare_byte_by_byte, lambda apps, schema_editor: None),
    ]
