"""The first words of the native door's documentation."""

DESCRIPTION = (
    "Send a movie, order a job, poll, collect the result. Every refusal is `application/problem+json` with a stable "
    "`code`, the field that is wrong, and a `request_id`."
)

INTRODUCTION = """
<h2>First steps</h2>
<pre>export URL=http://127.0.0.1:8000 TOKEN=…

# 1  send a movie; it is probed by itself
curl -sH "Authorization: Bearer $TOKEN" -H "Content-Type: video/mp4" \\
     --data-binary @stem.mp4 "$URL/v1/media?name=stem.mp4"
curl -sH "Authorization: Bearer $TOKEN" "$URL/v1/media/1?wait=30"

# 2  order a job
curl -sH "Authorization: Bearer $TOKEN" -H "Idempotency-Key: $(uuidgen)" --json \\
     '{"kind": "track", "inputs": {"movie": 1},
       "params": {"points": [{"label": "Apex", "x": 278, "y": 166}]}}' "$URL/v1/jobs"

# 3  wait for it, and collect
curl -sH "Authorization: Bearer $TOKEN" "$URL/v1/jobs/2?wait=30"
curl -sH "Authorization: Bearer $TOKEN" "$URL/v1/jobs/2/result"</pre>
<h3>Good to know</h3>
<ul>
<li>A token goes into <code>Authorization: Bearer …</code>. A revoked one is refused within 3 seconds.</li>
<li>An accepted job ends, whatever happens: <code>queued</code> → <code>running</code> → <code>succeeded</code>,
    <code>partial</code>, <code>failed</code>, <code>cancelled</code> or <code>quarantined</code>. Ended states never
    change.</li>
<li>Poll with <code>If-None-Match</code>, after <code>Retry-After</code>; or hold on with <code>?wait=30</code>.</li>
<li>An <code>Idempotency-Key</code> makes a POST of a job safe to send again.</li>
<li>Lists come newest first, in pages: pass <code>next_cursor</code> on as <code>cursor</code>.</li>
<li>Signed links need no token and end after a while; ask for the result again for fresh ones.</li>
</ul>
"""
