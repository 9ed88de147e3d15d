"""Optional packages of the system: tests skip without them and name them; where they are required, they fail."""

import os

import pytest


def needs(package: str, there: bool) -> None:
    """Skip the test, or fail it with AMENDS_REQUIRE_EXTRAS=1, as .ci/run sets it."""
    if not there and os.environ.get("AMENDS_REQUIRE_EXTRAS") == "1":
        pytest.fail(f"Debian's package {package} is not installed")
    if not there:
        pytest.skip(f"needs Debian's package {package}")
