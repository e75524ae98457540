"""What Alur takes when nothing is to be done: memory (PSS) and processor time of every process of one ``alur serve``.

    ./run bench rest [--seconds N] [--settle N] [--no-prefect] [--json FILE]

PSS counts what processes share once, divided among them. The share of a core is the processor time of a span at rest
divided by its length. The demonstration's stand-in for other systems is shown, and belongs to no installation.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import machine


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--settle", type=float, default=60, help="seconds before, for start and first schedules")
    parser.add_argument("--port", type=int, default=18600)
    parser.add_argument("--no-prefect", action="store_true")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    about = machine()
    with tempfile.TemporaryDirectory() as folder:
        command = ["serve", "--demo", "--port", str(chosen.port)]
        command += ["--no-prefect"] if chosen.no_prefect else ["--prefect-port", str(chosen.port + 5)]
        own = {"ALUR_DATA": folder}
        output = subprocess.DEVNULL
        served = subprocess.Popen(
            [str(Path(sys.executable).parent / "alur"), *command], env=os.environ | own, stdout=output, stderr=output
        )
        try:
            time.sleep(chosen.settle)
            before = {process: ticks(process) for process in family(served.pid)}
            time.sleep(chosen.seconds)
            rows = [row(process, before.get(process, 0), chosen.seconds) for process in family(served.pid)]
        finally:
            served.terminate()
            served.wait(60)
    print(f"{about['processor']}, Python {about['python']}, commit {about['commit']}, load {about['load']}")
    for name, megabytes, share in [*rows, ("all told", sum(each[1] for each in rows), sum(each[2] for each in rows))]:
        print(f"{megabytes:8.0f} MB {share:7.2%} of a core  {name}")
    if chosen.json:
        found = [{"process": name, "pss_mb": megabytes, "core": share} for name, megabytes, share in rows]
        chosen.json.write_text(json.dumps({"machine": about, "processes": found}, indent=1))
    return 0


def family(parent: int) -> list[int]:
    """Return a process and all that it started."""
    children = [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return [parent, *(each for child in children for each in family(child))]


def ticks(process: int) -> int:
    """Return the processor time of a process in clock ticks."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def row(process: int, before: int, seconds: float) -> tuple[str, float, float]:
    """Return what a process is, its PSS in MB, and its share of a core."""
    command = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    memory = Path(f"/proc/{process}/smaps_rollup").read_text()
    kilobytes = int(re.findall(r"^Pss:\s+(\d+)", memory, re.M)[0])
    share = (ticks(process) - before) / os.sysconf("SC_CLK_TCK") / seconds
    return re.sub(r"\S*/", "", command).strip()[:90], kilobytes / 1024, share


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
