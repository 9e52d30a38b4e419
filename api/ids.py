"""Ids in a path, `{job:id}`: whole numbers that the ledger can hold; anything else names nothing."""

from falcon.routing import BaseConverter

ID_LIMIT = 2**63 - 1


class IdConverter(BaseConverter):
    def convert(self, value: str) -> int | None:
        """Return the id, None (which Falcon answers with 404) when the text is none."""
        if not (value.isascii() and value.isdigit() and len(value) <= 19):
            return None
        number = int(value)
        return number if 1 <= number <= ID_LIMIT else None
