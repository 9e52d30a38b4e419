"""Pages that stand alone: one HTML document with its style inside, nothing from another host, no script."""

from falcon import Response

STYLE = """
:root { color-scheme: light dark; --ink: #1d2125; --paper: #fbfaf8; --quiet: #646b73; --line: #e2dfda;
        --shade: #f2efea; --red: #a3262a; --green: #1f6f43; --blue: #1f5fa8; --amber: #8a5a00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e3de; --paper: #16181b; --quiet: #9aa0a6; --line: #2e3237; --shade: #1f2226;
          --red: #f08a80; --green: #7fce9d; --blue: #8fbcf2; --amber: #e6bd6a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
       font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 58rem; margin: 0 auto; padding: 3rem 1.5rem 6rem; }
h1 { font-size: 2rem; letter-spacing: -.02em; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 3rem 0 .75rem; padding-bottom: .35rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
a { color: var(--blue); text-decoration: none; } a:hover { text-decoration: underline; }
code, pre, .path { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .875em; }
code { background: var(--shade); padding: .1em .3em; border-radius: 4px; }
pre { background: var(--shade); padding: 1rem; border-radius: 8px; overflow-x: auto; line-height: 1.5; }
table { width: 100%; border-collapse: collapse; margin: .5rem 0 1rem; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--quiet); }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:first-child { white-space: nowrap; }
.quiet { color: var(--quiet); } .lead { font-size: 1.1rem; max-width: 44rem; }
.button { display: inline-block; background: var(--ink); color: var(--paper); padding: .5rem 1.1rem;
          border-radius: 8px; font-weight: 600; } .button:hover { text-decoration: none; opacity: .85; }
details { border: 1px solid var(--line); border-radius: 8px; margin: .6rem 0; overflow: hidden; }
details[open] { box-shadow: 0 1px 4px rgb(0 0 0 / .06); }
summary { cursor: pointer; padding: .6rem .9rem; display: flex; gap: .9rem; align-items: baseline; list-style: none; }
summary::-webkit-details-marker { display: none; } summary:hover { background: var(--shade); }
summary .said { margin-left: auto; color: var(--quiet); font-size: .9rem; text-align: right; }
details > div { padding: .25rem .9rem 1rem; border-top: 1px solid var(--line); }
.method { font: 700 .75rem ui-monospace, Menlo, monospace; width: 3.6rem; flex: none; }
.get { color: var(--blue); } .post { color: var(--green); } .delete { color: var(--red); }
nav { display: flex; flex-wrap: wrap; gap: .35rem 1.1rem; margin: 1.5rem 0 0; }
"""

DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body><main>{body}</main></body>
</html>
"""

# Nothing may be loaded but what the page itself holds.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def send_page(resp: Response, title: str, body: str) -> None:
    """Answer with a page; title and body are HTML already."""
    resp.content_type = "text/html; charset=utf-8"
    resp.set_header("Content-Security-Policy", POLICY)
    resp.data = DOCUMENT.format(title=title, style=STYLE, body=body).encode()
