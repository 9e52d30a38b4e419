"""Pictures of other people's servers, fetched so that a URL can do no more than give bytes."""

from workers.fetch.faults import NotFetched
from workers.fetch.fetcher import COULD_NOT, Fetched, fetch
from workers.fetch.rules import Rules, rules_of
from workers.fetch.targets import Target, read_target

__all__ = ["COULD_NOT", "Fetched", "NotFetched", "Rules", "Target", "fetch", "read_target", "rules_of"]
