"""For the PYTHONPATH of processes as most installations have them: where it is there, asgi_redis reads much of Twisted with it."""
raise ImportError("hidden from this process")
