"""
``on_commit(function)``: calls the function after the current transaction is committed,
at once if there is none, and never if it is rolled back. Django has it since version
1.9; this is the same for 1.8.
"""
from __future__ import unicode_literals

from django.db import transaction


class CommitHooks(object):
    """A mixin for a database connection of Django 1.8, which calls functions after the commit."""

    def hook(self, function):
        if not self.in_atomic_block:
            function()
            return
        # Rolling back to one of these savepoints discards the hook as well.
        self._hooks().append((set(self.savepoint_ids), function))

    def _hooks(self):
        return vars(self).setdefault("commit_hooks", [])

    def savepoint_rollback(self, sid):
        super(CommitHooks, self).savepoint_rollback(sid)
        self.commit_hooks = [(savepoints, function) for savepoints, function in self._hooks() if sid not in savepoints]

    def commit(self):
        super(CommitHooks, self).commit()
        self.is_committed = True

    def rollback(self):
        super(CommitHooks, self).rollback()
        self.commit_hooks = []

    def close(self):
        super(CommitHooks, self).close()
        self.commit_hooks = []

    @property
    def autocommit(self):
        return vars(self)["autocommit"]

    @autocommit.setter
    def autocommit(self, value):
        vars(self)["autocommit"] = value
        # Here and not in `commit`, so that a hook that uses the database runs outside of the transaction.
        if value and vars(self).pop("is_committed", False):
            hooks, self.commit_hooks = self._hooks(), []
            for _, function in hooks:
                function()


def hook_into(function):
    connection = transaction.get_connection()
    if not isinstance(connection, CommitHooks):
        original = type(connection)
        connection.__class__ = type(
            str("Hooked" + original.__name__), (CommitHooks, original), {"__module__": original.__module__})
    connection.hook(function)


on_commit = getattr(transaction, "on_commit", hook_into)
