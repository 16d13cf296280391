"""The only place that knows HTTP: wiring, routes, the live channel, pages."""
