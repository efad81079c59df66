"""Creates webhooks, and finds them by their tokens: for the admin, and for a project's own code."""
from __future__ import unicode_literals

from datetime import timedelta

from django.utils import timezone

from chartroom.models import Hook
from chartroom.sources.webhooks import keys

# Minimum time between two updates of a webhook's last use.
USED_WITHIN = timedelta(minutes=1)


def make_hook(room, name, signed=False, secret=None):
    """
    Create a webhook that delivers to a `Room`; return ``(hook, token)``.

    The token is not stored: if it is lost, use `renew_token`. ``name``: the author of the
    messages, 1 to 64 characters. ``signed``: deliveries must be signed, with ``secret``
    (``whsec_<base64>``) or with a new one, which `secret_of` returns.

    Raises `ValueError` for an invalid secret, Django's `ValidationError` for an invalid name.
    """
    hook = Hook(room=room, name=name)
    token = give_token(hook)
    if secret is not None or signed:
        give_secret(hook, keys.make_secret() if secret is None else secret)
    hook.full_clean()
    hook.save()
    return hook, token


def renew_token(hook):
    """Return a new token; the old one stops working at once."""
    token = give_token(hook)
    hook.save(update_fields=["token_hash"])
    return token


def give_token(hook):
    """Like `renew_token`, but the caller saves the hook."""
    token = keys.make_token()
    hook.token_hash = keys.hash_token(token)
    return token


def give_secret(hook, secret):
    """
    Require deliveries to be signed with ``secret``; None: no signature is required. The
    caller saves the hook. Raises `ValueError` for an invalid secret.
    """
    if secret is not None:
        keys.key_of(secret)
    hook.sealed_secret = "" if secret is None else keys.seal(secret)


def secret_of(hook):
    """``whsec_<base64>``, or None; raises `keys.SecretLost` if ``SECRET_KEY`` has changed since."""
    return keys.unseal(hook.sealed_secret) if hook.sealed_secret else None


def find_hook(token_hash):
    """Return the active `Hook` and its room, in one query; or None."""
    return Hook.objects.select_related("room").filter(token_hash=token_hash, is_active=True).first()


def record_use(hook):
    """Store the time of the last use, at most once a minute."""
    now = timezone.now()
    if hook.last_used_at is None or now - hook.last_used_at > USED_WITHIN:
        Hook.objects.filter(pk=hook.pk).update(last_used_at=now)
