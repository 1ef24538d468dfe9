"""A gate between the bot and the server that can hold back what is sent, before or after it arrives."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Gate:
    """An HTTP proxy on loopback. While ``hold`` is set, requests for ``what`` do not come back.

    ``hold`` is ``"before"``: they never reach the server; ``"after"``: the
    server has them, but its answer is lost; ``"long"``: they reach it when
    ``release`` is set; ``""``: all pass. ``fail`` answers everything with a 502,
    as a proxy does whose server is gone.
    """

    def __init__(self, port: int) -> None:
        self.hold = ""
        self.what = "/send/"
        self.fail = False
        self.held = threading.Semaphore(0)
        self.release = threading.Event()
        self.requests = 0
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self) -> None:
                gate.requests += 1
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                sends = self.command != "GET" and gate.what in self.path
                if gate.fail:
                    self.reply(502, b"<html>Bad Gateway</html>")
                    return
                if sends and gate.hold == "before":
                    gate.held.release()
                    self.close_connection = True
                    return
                if sends and gate.hold == "long":
                    gate.held.release()
                    gate.release.wait(90)
                server = http.client.HTTPConnection("127.0.0.1", port, timeout=90)
                server.request(self.command, self.path, body, dict(self.headers))
                answer = server.getresponse()
                data = answer.read()
                server.close()
                if sends and gate.hold == "after":
                    gate.held.release()
                    self.close_connection = True
                    return
                self.reply(answer.status, data)

            def reply(self, status: int, data: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PUT = do_POST = forward  # noqa: N815 - the names that http.server wants

            def log_message(self, *arguments: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *arguments: Any) -> None:
                pass  # a killed bot closes its connections

        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
