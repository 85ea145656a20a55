"""A container engine that a test plays: it listens on a Unix socket, and speaks the Engine API as far as the test goes."""
import http.server
import json
import socketserver
import threading


class PlayedEngine(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path, answers):
        super().__init__(str(path), answers)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def get_request(self):
        request, _ = super().get_request()
        return request, ("engine", 0)

    def end(self):
        self.shutdown()
        self.server_close()


class Answers(http.server.BaseHTTPRequestHandler):
    """get() answers what is no greeting; do_POST and do_DELETE are the subclass's."""

    def say(self, status, value=None, lines=(), raw=None):
        body = raw if raw is not None else (json.dumps(value) if not lines else "".join(json.dumps(line) + "\r\n" for line in lines)).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/_ping":
            self.say(200, "OK")
        else:
            self.get()

    def log_message(self, *words):
        pass
