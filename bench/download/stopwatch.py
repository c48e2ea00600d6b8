"""Runs commands, one for each line of JSON it is given, and prints what they took: Node can't ask that of a child."""

import json
import os
import subprocess
import sys
import time

for line in sys.stdin:
    asked = json.loads(line)
    os.sync()
    began = time.perf_counter()
    with open(asked["errors"], "wb") as errors:
        child = subprocess.Popen(asked["command"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, used = os.wait4(child.pid, 0)
    took = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    found = {
        "status": child.returncode,
        "wall": took,
        "user": used.ru_utime,
        "system": used.ru_stime,
        "memory": used.ru_maxrss * 1024,
    }
    print(json.dumps(found), flush=True)
