"""The example project with an additional view that does nothing, as a baseline for webhooks."""
