"""Makes webhooks, and finds them by their tokens: for the admin, and for a project's own code."""
from __future__ import unicode_literals

from datetime import timedelta

from django.utils import timezone

from chartroom.models import Hook
from chartroom.sources.webhooks import keys

# How old the time of the last use may get before it is written again.
USED_WITHIN = timedelta(minutes=1)


def make_hook(room, name, signed=False, secret=None):
    """
    Makes a webhook into a `Room`; returns ``(hook, token)``.

    The token is kept nowhere: without it, `renew_token`. ``name``: the author of
    what it delivers, 1 to 64 characters. ``signed``: its deliveries have to be
    signed, by ``secret`` (``whsec_<base64>``) or a new one: `secret_of` tells it.

    Raises `ValueError` for what is no secret, Django's `ValidationError` for a name.
    """
    hook = Hook(room=room, name=name)
    token = give_token(hook)
    if secret is not None or signed:
        give_secret(hook, keys.make_secret() if secret is None else secret)
    hook.full_clean()
    hook.save()
    return hook, token


def renew_token(hook):
    """Returns a new token; the old one stops working at once."""
    token = give_token(hook)
    hook.save(update_fields=["token_hash"])
    return token


def give_token(hook):
    """As `renew_token`, and whoever calls it saves the hook."""
    token = keys.make_token()
    hook.token_hash = keys.hash_token(token)
    return token


def give_secret(hook, secret):
    """
    From the next delivery on they are signed by this one; None: by none.
    Whoever calls it saves the hook. Raises `ValueError` for what is no secret.
    """
    if secret is not None:
        keys.key_of(secret)
    hook.sealed_secret = "" if secret is None else keys.seal(secret)


def secret_of(hook):
    """``whsec_<base64>``, or None; raises `keys.SecretLost` where ``SECRET_KEY`` has changed since."""
    return keys.unseal(hook.sealed_secret) if hook.sealed_secret else None


def find_hook(token_hash):
    """The `Hook` in use, with its room, in one query; or None."""
    return Hook.objects.select_related("room").filter(token_hash=token_hash, is_active=True).first()


def record_use(hook):
    """At most one write a minute, however many deliveries come."""
    now = timezone.now()
    if hook.last_used_at is None or now - hook.last_used_at > USED_WITHIN:
        Hook.objects.filter(pk=hook.pk).update(last_used_at=now)
