"""What people say in a show, and who may."""
