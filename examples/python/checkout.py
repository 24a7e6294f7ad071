"""Sells a plan and waits until its payment is counted, with Python's standard library alone:

    python3 checkout.py

COUNTINGHOUSE_URL and COUNTINGHOUSE_API_KEY name another service than the one at http://127.0.0.1:3000.
"""

import json
import os
import time
import urllib.error
import urllib.request
import uuid

BASE_URL = os.environ.get("COUNTINGHOUSE_URL", "http://127.0.0.1:3000")
API_KEY = os.environ.get("COUNTINGHOUSE_API_KEY", "any-key-on-loopback-without-API_KEYS")


def call(method, path, body=None, headers=None):
    """Returns the answer's JSON. Raises RuntimeError with what the problem document says to do."""
    request = urllib.request.Request(
        f"{BASE_URL}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "authorization": f"Bearer {API_KEY}",
            "content-type": "application/json",
            **(headers or {}),
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        raise RuntimeError(f"{problem['title']}: {problem['detail']}") from error


def count_payments():
    """Returns the number of successful payments."""
    totals = call("GET", "/v1/totals")["data"]
    return sum(
        series["committed"]
        for series in totals
        if series["counter"] == "billing_payments_total" and series["label"] == "success"
    )


def main():
    before = count_payments()
    session = call(
        "POST",
        "/v1/checkout-sessions",
        {"plan": "professional"},
        {"idempotency-key": str(uuid.uuid4())},
    )
    print(f"pay at {session['url']}", flush=True)
    while count_payments() == before:
        time.sleep(0.5)
    print("the payment is counted", flush=True)


main()
