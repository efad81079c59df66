"""
``on_commit(function)``: calls it when the transaction around is committed, at
once where there is none, and never when it is rolled back. Django's own from
1.9 on; here for 1.8 by the same rules.
"""
from __future__ import unicode_literals

from django.db import transaction


class CommitHooks(object):
    """Mixed into a connection of Django 1.8, whose methods it goes round."""

    def hook(self, function):
        if not self.in_atomic_block:
            function()
            return
        # What a later savepoint's rollback takes back, it takes its hooks with.
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
        # Here and not in `commit`: a hook that uses the database is none of the transaction's any more.
        if value and vars(self).pop("is_committed", False):
            hooks, self.commit_hooks = self._hooks(), []
            for _, function in hooks:
                function()


def hook_into(function):
    connection = transaction.get_connection()
    if not isinstance(connection, CommitHooks):
        known = type(connection)
        connection.__class__ = type(str("Hooked" + known.__name__), (CommitHooks, known), {"__module__": known.__module__})
    connection.hook(function)


on_commit = getattr(transaction, "on_commit", hook_into)
