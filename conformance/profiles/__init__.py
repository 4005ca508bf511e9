"""What identity providers really send: each profile is the whole life of a user and a group.

A profile is a TOML file beside this module; `reading.py` reads it, `life.py` lives it. Its steps
are checks like the others, with ids such as `entra/disable`. A step marked "evidence" was read in
the documentation or code of the provider, or seen in its traffic: unmet, it fails. One marked
"conjecture" is not known to be sent: unmet, it is a note.
"""

from conformance.profiles.life import Life
from conformance.profiles.reading import Profile, all_profiles, find_profile
from conformance.profiles.step import Step

__all__ = ["Life", "Profile", "Step", "all_profiles", "find_profile"]
