"""The naive consumers on chartroom's transport: what of a delay is the transport's, and what the rooms'."""
