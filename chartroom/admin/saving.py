"""How the admin saves a row that other processes write as well."""
from __future__ import unicode_literals

from django.contrib import admin


class SavesWhatChanged(admin.ModelAdmin):
    """
    Writes the columns that somebody changed in the form, and no others: Django would
    write each as it was read for the form, and take back what was written meanwhile.
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
        """Names of columns that follow from what the form says, and are no fields of it."""
        return []
