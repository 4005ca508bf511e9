"""The models that django-scim2 is given."""
