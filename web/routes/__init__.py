"""REST routes, a module per concern; each has ``ROUTES``. ``web/app.py`` gathers them."""
