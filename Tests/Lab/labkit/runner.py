"""`lab run`: the cases, on as few guests as they need."""

import concurrent.futures
import dataclasses
import os
import re
import shutil
import subprocess
import threading
import time
import traceback
from pathlib import Path

from . import cases, labs, logs, paths
from .cases import Case, Shape
from .errors import LabError
from .image import say
from .labs import Lab
from .stage import Failed, Skipped, Stage


@dataclasses.dataclass
class Options:
    """What `lab run` was asked for."""

    binary: Path | None  # None: the original takes our place
    rules: Path | None
    jobs: int
    keep: bool
    verbose: bool
    lab: str | None
    case_options: dict


@dataclasses.dataclass
class Outcome:
    """How one case ended: passed, failed or skipped."""

    case: Case
    verdict: str
    text: str
    seconds: float


class Runner:
    """Runs cases group by group; a group shares one lab, which is rebuilt when it cannot be cleaned."""

    def __init__(self, options: Options):
        self.options = options
        self.outcomes: list[Outcome] = []
        self.printing = threading.Lock()
        self.reports = paths.LAB.parent.parent / ".build/lab"
        shutil.rmtree(self.reports, ignore_errors=True)
        self.reports.mkdir(parents=True, exist_ok=True)

    def run(self, wanted: list[Case]) -> int:
        """Runs all; prints the closing line; returns the exit status."""
        _forget_stale_labs()
        groups: dict[Shape, list[Case]] = {}
        for case in wanted:
            groups.setdefault(case.shape, []).append(case)
        clusters = {shape: group for shape, group in groups.items() if shape.nodes > 1}
        alone = {shape: group for shape, group in groups.items() if shape.nodes == 1}
        jobs = self.options.jobs
        # A cluster wants the machine to itself; a lone guest is busy on one processor at a time, so two of them fit.
        beside = max(jobs, min(2, os.cpu_count() or 1)) if not self.options.lab else 1
        broken = self._side_by_side(_portions(clusters, 1), jobs, 0)
        broken = self._side_by_side(_portions(alone, beside), beside, len(clusters)) or broken
        return self._close(wanted, broken)

    def _side_by_side(self, portions: list[tuple[Shape, list[Case]]], jobs: int, first: int) -> str:
        """Runs portions, some at a time; returns what made a lab unusable, if anything did."""
        broken = ""
        # The longest first, so that two jobs end at about the same time.
        queue = sorted(portions, key=lambda item: -_weight(item[1]))
        with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
            waiting = [pool.submit(self._group, number, shape, group) for number, (shape, group) in enumerate(queue, first)]
        for job in waiting:
            try:
                job.result()
            except LabError as error:
                broken = broken or str(error)
        return broken

    def _close(self, wanted: list[Case], broken: str) -> int:
        counts = {verdict: sum(outcome.verdict == verdict for outcome in self.outcomes) for verdict in ("passed", "failed", "skipped")}
        ran = {outcome.case.name for outcome in self.outcomes}
        for case in wanted:
            if case.name not in ran:
                counts["failed"] += 1
                print(f"FAIL {case.name}: the lab did not start", flush=True)
        if broken:
            print(f"the lab could not be used: {broken}", flush=True)
        failures = [outcome for outcome in self.outcomes if outcome.verdict == "failed"]
        for outcome in failures:
            print(f"failed: {outcome.case.name}: " + "\n        ".join(line[:300] for line in outcome.text.splitlines()[:4]))
        print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped", flush=True)
        return 1 if counts["failed"] or broken or not counts["passed"] + counts["skipped"] else 0

    def _group(self, number: int, shape: Shape, group: list[Case]) -> None:
        lab = borrow(self.options) if self.options.lab else None
        keep = self.options.keep or lab is not None
        try:
            for index, case in enumerate(group):
                if lab is None:
                    lab = start(f"run-{os.getpid()}-{number}", shape, self.options)
                self._case(case, lab)
                last = index + 1 == len(group)
                if not (last and self.options.keep) and not _clean(lab):
                    if self.options.lab:
                        raise LabError(f"{lab.spec.name} cannot be cleaned")
                    lab.down()
                    lab = None
        finally:
            if lab is not None and not keep:
                lab.down()
        if lab is not None and keep and not self.options.lab:
            (lab.directory / "kept").touch()
            say(f"kept: Tests/Lab/lab shell {lab.spec.name} 1 … and when done: Tests/Lab/lab down {lab.spec.name}")

    def _case(self, case: Case, lab: Lab) -> None:
        stage = Stage(case, lab, self.reports / f"{case.name}.txt", self.options.case_options)
        started = time.monotonic()
        verdict, text = "passed", ""
        watches = None
        try:
            watches = logs.watch(stage)
            case.run(stage)
        except Skipped as reason:
            verdict, text = "skipped", str(reason)
        except Failed as failure:
            stage.wrong(str(failure))
        except Exception:  # A bug in a case is that case's failure, not the end of the run.
            stage.wrong(traceback.format_exc())
        try:
            if watches is not None:
                logs.check(stage, watches)
        except Exception as error:
            stage.wrong(f"the logs could not be read: {error}")
        if stage.problems:
            verdict, text = "failed", "\n".join(stage.problems + _surroundings(stage))
        self._report(Outcome(case, verdict, text, time.monotonic() - started), stage)

    def _report(self, outcome: Outcome, stage: Stage) -> None:
        word = {"passed": "PASS", "failed": "FAIL", "skipped": "SKIP"}[outcome.verdict]
        body = outcome.text.splitlines()
        shown = body if self.options.verbose or len(body) <= 60 else body[:60] + [f"… {len(body) - 60} more lines in {stage.report}"]
        notes = [line for note in stage.notes for line in note.splitlines()]
        # What went wrong first: whoever cuts a long log keeps its beginnings and ends.
        parts = shown + ["noted until then:"] + notes if outcome.verdict == "failed" and notes else notes + shown
        lines = [f"{word} {outcome.case.name} ({outcome.seconds:.0f} s): {outcome.case.title}"]
        lines += [f"     {line}" for line in parts]
        if outcome.text:
            stage.report.parent.mkdir(parents=True, exist_ok=True)
            stage.report.write_text(outcome.text + "\n")
        with self.printing:
            self.outcomes.append(outcome)
            print("\n".join(lines), flush=True)


def _surroundings(stage: Stage) -> list[str]:
    try:
        return logs.look_around(stage)
    except Exception as error:  # What is said of the nodes must not hide what was found.
        return [f"the nodes could not be looked at: {error}"]


def _weight(group: list[Case]) -> int:
    return sum(case.seconds for case in group)


def _portions(groups: dict[Shape, list[Case]], most: int) -> list[tuple[Shape, list[Case]]]:
    """Splits what has the same shape over up to `most` labs, of about the same weight."""
    portions = []
    for shape, group in groups.items():
        parts: list[list[Case]] = [[] for _ in range(most)]
        for case in sorted(group, key=lambda case: -case.seconds):
            min(parts, key=_weight).append(case)
        portions += [(shape, part) for part in parts if part]
    return portions


def borrow(options: Options) -> Lab:
    """A lab that is up already, emptied."""
    lab = labs.find(options.lab)
    _furnish(lab, options)
    if not _clean(lab):
        raise LabError(f"{lab.spec.name} cannot be cleaned")
    return lab


def start(name: str, shape: Shape, options: Options) -> Lab:
    """A new lab of a shape, with our program on its nodes."""
    started = time.monotonic()
    lab = labs.create(shape.spec(name))
    _furnish(lab, options)
    say(f"{lab.spec.name} ({shape}) up after {time.monotonic() - started:.0f} s")
    return lab


def _furnish(lab: Lab, options: Options) -> None:
    """Gives the guests our scripts and our program, also under the name by which it must pass for the original."""
    shutil.copy(paths.LAB / "labkit/guest-clean", lab.directory / "share/clean")
    lab.install(options.binary, options.rules)
    line = "mkdir -p /opt/sw && ln -sf /usr/sbin/swmdadm /opt/sw/mdadm"
    if options.binary is None:
        line += " && ln -sf mdadm /usr/sbin/swmdadm"
    labs.in_parallel([lambda guest=guest: guest.connection.run(line, timeout=120) for guest in lab.guests])


def _clean(lab: Lab) -> bool:
    """Empties the lab for the next case; False when it must be rebuilt."""
    try:
        for guest in lab.guests:
            if guest.process() is None:
                return False
        results: list = []
        labs.in_parallel([lambda guest=guest: results.append(guest.connection.run("/lab/clean", timeout=240)) for guest in lab.guests])
        results.append(lab.guests[0].connection.run("/lab/clean wipe", timeout=240))
    except (subprocess.TimeoutExpired, OSError) as error:
        say(f"{lab.spec.name} is rebuilt: {error}")
        return False
    bad = [result.stderr.strip() for result in results if result.status != 0]
    if bad:
        say(f"{lab.spec.name} is rebuilt: {bad[0]}")
    return not bad


def _forget_stale_labs() -> None:
    """Ends labs of runs that were killed: their names hold the id of a process that is gone."""
    for lab in labs.every():
        match = re.fullmatch(r"run-(\d+)-\d+", lab.spec.name)
        kept = (lab.directory / "kept").exists()
        if match and not kept and not Path(f"/proc/{match[1]}").exists():
            lab.down()
