# coding: utf-8
from __future__ import unicode_literals

import chartroom.models.rooms
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chartroom', '0004_timers'),
    ]

    operations = [
        migrations.CreateModel(
            name='Restoration',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('generation', models.IntegerField(default=chartroom.models.rooms.random_generation, editable=False)),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='time')),
            ],
            options={
                'verbose_name': 'restoration from a backup',
                'verbose_name_plural': 'restorations from a backup',
            },
        ),
    ]
