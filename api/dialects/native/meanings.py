"""What each `code` of a problem means to whoever has to act on it."""

MEANING_BY_CODE = {
    "invalid": "A field is wrong. `pointer` (or `parameter`) names it, `limit` the bound that was passed.",
    "bad_request": "The request cannot be understood; the detail says what is odd about it.",
    "unauthenticated": "Send `Authorization: Bearer <token>`; the token may be unknown, expired or revoked.",
    "forbidden": "The token's scopes do not allow this, or a signed link was changed or has expired.",
    "not_found": "There is none, or it is not yours: the answer is the same.",
    "method_not_allowed": "The header Allow names the methods that this path knows.",
    "not_acceptable": "Nothing that Accept names is spoken here.",
    "unsupported_media_type": "The body must be of another Content-Type.",
    "length_required": "Say how long the body is, in Content-Length.",
    "too_large": "More bytes than `limit`; nothing was kept.",
    "conflict": "The state of things forbids it, and waiting alone will not change that.",
    "idempotency_mismatch": "This Idempotency-Key came with another body before; use a new one for a new job.",
    "not_ready": "Not yet: ask again after Retry-After.",
    "gone": "It was there and has expired; the hint says how to have it again.",
    "too_many": "Too fast, or too many open jobs: wait for Retry-After.",
    "fenced": "Somebody else holds this now.",
    "unavailable": "A service we lean on does not answer: try again after Retry-After.",
    "internal": "Our mistake. Tell the operator the request_id.",
}
