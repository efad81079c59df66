# coding: utf-8
from __future__ import unicode_literals

from django.db import migrations, models
import django.db.models.deletion


class Migration(migrations.Migration):

    dependencies = [
        ('chartroom', '0001_rooms'),
    ]

    operations = [
        migrations.CreateModel(
            name='Feed',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.TextField(verbose_name='address')),
                ('url_hash', models.CharField(editable=False, max_length=64)),
                ('title', models.CharField(blank=True, max_length=200, verbose_name='title')),
                ('etag', models.TextField(blank=True, default='', editable=False)),
                ('modified', models.TextField(blank=True, default='', editable=False)),
                ('tellings', models.BigIntegerField(default=0, editable=False)),
                ('told_at', models.DateTimeField(editable=False, null=True, verbose_name='last published')),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feeds', to='chartroom.Room', verbose_name='room')),
            ],
            options={
                'verbose_name': 'feed',
                'verbose_name_plural': 'feeds',
            },
        ),
        migrations.CreateModel(
            name='FeedEntry',
            fields=[
                ('id', models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64)),
                ('content_hash', models.CharField(max_length=64)),
                ('version', models.PositiveIntegerField(default=1)),
                ('feed', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='chartroom.Feed')),
            ],
        ),
        migrations.AlterUniqueTogether(
            name='feedentry',
            unique_together=set([('feed', 'key')]),
        ),
        migrations.AlterUniqueTogether(
            name='feed',
            unique_together=set([('room', 'url_hash')]),
        ),
    ]
