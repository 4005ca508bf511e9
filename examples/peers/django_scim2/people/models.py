"""A user and a group as the documentation of django-scim2 makes them."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Group(AbstractSCIMGroupMixin):
    name = models.CharField(max_length=150, unique=True)


class User(AbstractSCIMUserMixin, AbstractUser):
    member_of = models.ManyToManyField(Group, related_name="user_set")

    @property
    def scim_groups(self):
        return self.member_of
