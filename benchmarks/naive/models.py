from __future__ import unicode_literals

from django.db import models


class NaiveMessage(models.Model):

    room = models.CharField(max_length=64, db_index=True)
    author = models.CharField(max_length=150)
    text = models.TextField()
    created = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        app_label = "naive"
