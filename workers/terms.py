"""The settings by which leases are given, in the ledger's own words."""

from darkroom.settings import Settings
from storage.leases import Terms


def terms_of(settings: Settings) -> Terms:
    return Terms(
        lease_seconds=settings.lease_seconds,
        retry_seconds=settings.retry_seconds,
        retry_limit_seconds=settings.retry_limit_seconds,
        half_life_seconds=settings.fairness_half_life_seconds,
        result_expiry_seconds=settings.result_expiry_seconds,
    )
