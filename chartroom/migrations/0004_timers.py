# coding: utf-8
from __future__ import unicode_literals

from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):

    dependencies = [
        ('chartroom', '0003_hooks'),
    ]

    operations = [
        migrations.CreateModel(
            name='Later',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(verbose_name='text')),
                ('at', models.DateTimeField(verbose_name='time')),
                ('author', models.CharField(blank=True, max_length=150, verbose_name='author')),
                ('sender', models.CharField(blank=True, editable=False, max_length=64)),
                ('client_id', models.CharField(editable=False, max_length=64)),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('sent', 'sent'), ('cancelled', 'cancelled'), ('refused', 'refused')], default='waiting', editable=False, max_length=16, verbose_name='state')),
                ('seq', models.BigIntegerField(editable=False, null=True, verbose_name='number')),
                ('problem', models.CharField(blank=True, default='', editable=False, max_length=200, verbose_name='problem')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='later', to='chartroom.Room', verbose_name='room')),
            ],
            options={
                'verbose_name': 'message for later',
                'verbose_name_plural': 'messages for later',
            },
        ),
        migrations.CreateModel(
            name='Timer',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='The author of the messages.', max_length=64, verbose_name='name')),
                ('text', models.TextField(help_text="{date}, {time} and {second} are replaced by the due time, in the project's time zone. Example: It is {time}.", verbose_name='text')),
                ('every', models.PositiveIntegerField(blank=True, null=True, verbose_name='every … seconds')),
                ('cron', models.CharField(blank=True, help_text="Instead of seconds: minute, hour, day, month, day of the week, in the project's time zone. 0 9 * * mon-fri: at nine on working days.", max_length=100, verbose_name='cron expression')),
                ('is_active', models.BooleanField(default=True, help_text='Of the due times missed while no runtimers process is running, only the latest is published.', verbose_name='running')),
                ('next_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='next time')),
                ('last_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last time')),
                ('problem', models.CharField(blank=True, default='', editable=False, max_length=200, verbose_name='problem')),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='timers', to='chartroom.Room', verbose_name='room')),
            ],
            options={
                'verbose_name': 'timer',
                'verbose_name_plural': 'timers',
            },
        ),
        migrations.AlterIndexTogether(
            name='timer',
            index_together=set([('is_active', 'next_at')]),
        ),
        migrations.AlterUniqueTogether(
            name='later',
            unique_together=set([('room', 'client_id', 'sender')]),
        ),
        migrations.AlterIndexTogether(
            name='later',
            index_together=set([('state', 'at'), ('sender', 'state')]),
        ),
    ]
