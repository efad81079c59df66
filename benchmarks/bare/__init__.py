"""The example project with one view more, which does nothing: what webhooks are compared with."""
