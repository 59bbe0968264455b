"""No deadline per example: the machine may be busy, and slowness is no wrong answer."""

from hypothesis import settings

settings.register_profile("frontend", deadline=None)
settings.load_profile("frontend")
