# coding: utf-8
"""The texts that the room's script shows, in the user's language."""
from __future__ import unicode_literals

from django.utils.translation import ugettext as _


def strings():
    """Return {name in the script: text}. The script replaces ``%s``."""
    return {
        "connecting": _("Connecting…"),
        "reconnecting": _("The connection is lost. Trying again in %s s."),
        "reconnect_now": _("Try now"),
        "offline": _("You are offline. Your messages are saved, and will be sent when you are back online."),
        "connected": _("Connected."),
        "restarting": _("The server is restarting. One moment…"),
        "log_in": _("Please log in to read this room."),
        "forbidden": _("You may not read this room."),
        "not_found": _("There is no such room."),
        "sending": _("sending…"),
        "stored": _("stored"),
        "failed": _("not sent"),
        "waiting": _("waiting to be sent"),
        "retry": _("Retry"),
        "discard": _("Discard"),
        "new_one": _("1 new message"),
        "new_many": _("%s new messages"),
        "newest": _("Jump to the newest message"),
        "unread": _("New"),
        "beginning": _("This is the beginning of the room."),
        "loading": _("Loading older messages…"),
        "today": _("Today"),
        "yesterday": _("Yesterday"),
        "removed": _("This message was removed."),
        "you": _("you"),
        "guest": _("guest"),
        "too_long": _("This message is too long: at most %s characters."),
        "id_reused": _("This message could not be sent."),
        "refused": _("The server refused this message."),
        "no_answer": _("The server did not answer."),
        "slow_down": _("You are sending messages too fast. The rest will be sent in a moment."),
        # A message's source. Messages of people, with the source ``socket``, have no label.
        "source_feed": _("feed"),
        "source_webhook": _("webhook"),
        "source_timer": _("timer"),
        "source_api": _("program"),
        "source_later": _("sent later"),
        "later_hour": _("In 1 hour"),
        "later_tomorrow": _("Tomorrow, %s"),
        "later_kept": _("Scheduled: %s."),
        "later_cancel": _("Cancel"),
        "later_cancelled": _("Cancelled."),
        "later_too_late": _("It can no longer be cancelled."),
        "later_empty": _("Write the message first, in the field below."),
        "later_no_time": _("Choose a date and a time."),
        "later_bad_time": _("Choose a time in the future, at most a year ahead."),
        "later_too_many": _("You already have 100 messages waiting."),
        "later_rate_limited": _("You are sending messages too fast. Try again in a moment."),
        "later_forbidden": _("You may read this room, but not write in it."),
        "later_reload": _("You logged in or out in another window. Reload the page first."),
        "later_no_answer": _("The server did not answer. Your text was kept: try again."),
    }
