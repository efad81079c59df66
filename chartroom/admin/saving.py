"""Saving models in the admin whose rows other processes update as well."""
from __future__ import unicode_literals

from django.contrib import admin


class SavesWhatChanged(admin.ModelAdmin):
    """
    Saves only the columns that were changed in the form. Django would save all of them as
    they were when the form was loaded, and so revert changes made meanwhile.
    """

    def save_model(self, request, row, form, change):
        if not change:
            row.save()
            return
        columns = {field.name for field in row._meta.concrete_fields}
        changed = [name for name in form.changed_data if name in columns] + self.also_changed(form)
        if changed:
            row.save(update_fields=changed)

    def also_changed(self, form):
        """Return the names of columns that depend on the form, but are not fields of it."""
        return []
