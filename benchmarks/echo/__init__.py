"""The naive consumers on chartroom's transport: separates the transport's share of a delay from the rooms'."""
