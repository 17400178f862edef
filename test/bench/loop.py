"""A loop in the manner of Sentinel's Python function apps: requests, json, one post a page signed with a shared key."""

import base64
import datetime
import hashlib
import hmac
import json
import sys
import time

import requests

vendor, collector, pages = sys.argv[1], sys.argv[2], int(sys.argv[3])
key = base64.b64decode(base64.b64encode(b"a key of the bench"))
session = requests.Session()


def post(records):
    body = json.dumps(records).encode()
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
    text = f"POST\n{len(body)}\napplication/json\nx-ms-date:{date}\n/api/logs"
    signature = base64.b64encode(hmac.new(key, text.encode(), hashlib.sha256).digest()).decode()
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"SharedKey workspace:{signature}",
        "Log-Type": "Bench",
        "x-ms-date": date,
    }
    session.post(f"{collector}/api/logs?api-version=2016-04-01", data=body, headers=headers).raise_for_status()


def pull():
    since = datetime.datetime.fromtimestamp(pages, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    url, events = f"{vendor}/api/v1/logs?since={since}", 0
    while True:
        answer = session.get(url)
        records = answer.json()
        if not records:
            return events
        post(records)
        events += len(records)
        url = answer.links["next"]["url"]


started = time.perf_counter()
events = pull()
print(json.dumps({"events": events, "ms": (time.perf_counter() - started) * 1000}))
