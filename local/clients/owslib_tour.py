"""Runs a process with OWSLib, as the README shows it, and prints what came of each step as one JSON document.

Needs SWATH_API (the base URL) and SWATH_TOKEN in the environment.
"""

import json
import os
import time

from owslib.ogcapi.processes import Processes
from owslib.util import http_delete

api = os.environ["SWATH_API"]
headers = {"Authorization": f"Bearer {os.environ['SWATH_TOKEN']}"}
service = Processes(api, headers=headers)
told = {
    "conformance": service.conformance()["conformsTo"],
    "processes": [process["id"] for process in service.processes()],
    "echo": service.process("echo"),
    "platform": service.process("pygeoapi:ndvi")["id"],
    "sync": service.execute("echo", {"text": "hello", "number": 4.5}),
    "one": service.execute("echo", {"text": "hello", "number": 4.5}, outputs={"number": {}}, response="raw"),
    "reference": service.execute("echo", {"text": "hello"}, outputs={"text": {"transmissionMode": "reference"}}),
    "nothing": service.execute("echo", {"text": "hello"}, outputs={"text": {"transmissionMode": "reference"}}, response="raw"),
}


def refusal(call):
    """What a call that must fail says. OWSLib throws away the status: it shows the text."""
    try:
        call()
    except RuntimeError as error:
        return json.loads(str(error))
    raise SystemExit("a request that has to be refused was not")


def monitor(job):
    """OWSLib has no calls for jobs; its Location leads to one."""
    for _ in range(120):
        status = service._request(path=f"jobs/{job}")
        if status["status"] not in ("accepted", "running"):
            return status
        time.sleep(0.25)
    raise SystemExit(f"job {job} does not end")


accepted = service.execute("echo", {"text": "later", "pause": 1}, async_=True)
told["accepted"] = accepted
told["location"] = service.response_headers["Location"]
told["early"] = refusal(lambda: service._request(path=f"jobs/{accepted['jobID']}/results"))
told["ended"] = monitor(accepted["jobID"])
told["results"] = service._request(path=f"jobs/{accepted['jobID']}/results")
told["removed"] = http_delete(told["location"], headers=headers).json()

long = service.execute("echo", {"text": "never", "pause": 300}, async_=True)
told["dismissed"] = http_delete(service.response_headers["Location"], headers=headers).json()
told["after"] = service._request(path=f"jobs/{long['jobID']}")["status"]
told["unknown"] = refusal(lambda: service.process("no-such"))
told["wrong"] = refusal(lambda: service.execute("echo", {"number": "five"}))

print(json.dumps(told))
