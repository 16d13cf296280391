"""``closetcast demo``: people, closets and a show on air, made through the same public doors that everybody uses."""
