"""A stand-in for the other systems of the demonstration: population registry, billing, electronic signature."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class StandIn(BaseHTTPRequestHandler):
    """Answers like the systems that the national processes call, with invented data."""

    def do_GET(self) -> None:
        """``/persons/NIK``: a person, except for numbers that end in 0."""
        nik = self.path.partition("?")[0].rpartition("/")[2]
        if nik.endswith("0"):
            self._answer(404, {"detail": f"no person with NIK {nik}"})
        else:
            self._answer(200, {"name": "SITI RAHMA", "nik": nik})

    def do_POST(self) -> None:
        """``/bills`` and ``/signatures``: a number made from the idempotency key, the same for a repetition."""
        number = self.headers.get("Idempotency-Key", "")[-6:].upper()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/bills":
            self._answer(201, {"bill_number": f"SKRD-{number}"})
        else:
            self._answer(201, {"signature": f"DEMO-{number}"})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: Any) -> None:
        """Stay quiet: the worker logs what goes wrong."""


def main() -> None:
    """Serve on the port that is given."""
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), StandIn).serve_forever()


if __name__ == "__main__":
    main()
