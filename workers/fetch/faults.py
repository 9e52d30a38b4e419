"""Why a picture could not be fetched: for the log, since what is told to users is one sentence."""


class NotFetched(Exception):
    """An attempt came to nothing.

    may_help: whether another attempt may go better. after_seconds: when the server wishes to be asked again.
    """

    def __init__(self, reason: str, *, may_help: bool = False, after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.may_help = may_help
        self.after_seconds = after_seconds
