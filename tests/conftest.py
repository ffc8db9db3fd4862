"""What holds for all tests."""

from hypothesis import settings

# A busy machine must not decide a test; nor a random seed: what is found once is found again.
settings.register_profile("gradsock", deadline=None, derandomize=True)
settings.load_profile("gradsock")
