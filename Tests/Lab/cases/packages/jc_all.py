"""Gives the output of several mdadm commands to jc, by its library: starting jc's program takes ten seconds under emulation. Prints the JSON."""

import json
import subprocess
import sys

import jc

for line in sys.argv[1:]:
    done = subprocess.run(line.split(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for raw in (False, True):
        print(line, "raw" if raw else "", json.dumps(jc.parse("mdadm", done.stdout, raw=raw, quiet=True), indent=1))
