"""The words every room uses, and the Python client."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("darkroom")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "0+unknown"
