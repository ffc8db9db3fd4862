"""The version of gradsock, from the package that is installed."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("gradsock")
except PackageNotFoundError:  # run from its source, not installed
    VERSION = "0"
