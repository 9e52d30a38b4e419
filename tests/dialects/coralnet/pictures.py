"""A server of pictures on loopback."""

import io
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(self.server.seconds)
        content = self.server.content_by_path.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_):
        return


class Pictures(ThreadingHTTPServer):
    """seconds: after which it answers."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content_by_path = {}
        self.seconds = 0.0
        self.place = f"127.0.0.1:{self.server_port}"
        self.url = f"http://{self.place}"

    def put(self, path, *colours, size=(40, 30), form="PNG"):
        """Serve a picture of stripes in these colours from now on; return its URL."""
        picture = Image.new("RGB", (len(colours), 1))
        picture.putdata(colours)
        content = io.BytesIO()
        picture.resize(size, Image.Resampling.NEAREST).save(content, form)
        self.content_by_path[path] = content.getvalue()
        return self.url + path


@contextmanager
def serving():
    """Give a server that answers until the end of the block."""
    with Pictures() as pictures:
        threading.Thread(target=pictures.serve_forever, daemon=True).start()
        yield pictures
        pictures.shutdown()
