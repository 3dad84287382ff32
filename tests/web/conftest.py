"""The real stack for the browser: `sign_in` of the end-to-end tests."""

from tests.e2e.conftest import sign_in

__all__ = ["sign_in"]
