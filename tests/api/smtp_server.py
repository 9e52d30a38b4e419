"""A mail server for tests: it speaks enough SMTP for one client at a time, and remembers every letter."""

import base64
import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy


class Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 post.test")
        while line := self.rfile.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            if verb.upper() == "QUIT":
                self.say("221 bye")
                return
            self.answer(verb.upper(), rest)

    def answer(self, verb, rest):
        match verb:
            case "EHLO":
                self.say("250-post.test\r\n250 AUTH PLAIN")
            case "AUTH":
                login = base64.b64decode(rest.split()[1]).split(b"\0")[1:]
                self.server.logins.append(tuple(part.decode() for part in login))
                self.say("235 come in" if self.server.opens else "535 not you")
            case "DATA":
                self.say("354 go on")
                self.server.letters.append(self.read_letter())
                self.say("250 kept")
            case _:
                self.say("250 fine")

    def read_letter(self):
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return message_from_bytes(b"".join(lines), policy=policy.default)

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())


class Post(socketserver.ThreadingTCPServer):
    """letters: what came; logins: who logged in; opens: whether it lets them."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.letters = []
        self.logins = []
        self.opens = True

    @property
    def port(self):
        return self.server_address[1]


@contextmanager
def serving():
    with Post() as post:
        thread = threading.Thread(target=post.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield post
        finally:
            post.shutdown()
            thread.join()
