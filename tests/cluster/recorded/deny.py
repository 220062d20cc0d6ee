#!/usr/bin/env python3
"""A validating webhook that says no to everything; stub.py says where and how it serves."""
import http.server, json
import stub

class Deny(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        review["response"] = {"uid": review["request"]["uid"], "allowed": False, "status": {"message": "the answer is no"}}
        stub.answer(self, review)

stub.serve(Deny)
