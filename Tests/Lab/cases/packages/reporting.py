"""What the drivers of foreign tests print: a line per test, and the counts."""

import io
import sys
import unittest


class Result(unittest.TestResult):
    """Keeps a word for each test, and for a failure the last line of what was said."""

    def __init__(self, shown):
        super().__init__()
        self.shown = shown
        self.words: dict[str, str] = {}

    def stopTest(self, test):
        super().stopTest(test)
        self.words.setdefault(test.id(), "ok")
        # At once, so that a report that was cut off tells where.
        print(test.id(), self.words[test.id()], file=self.shown, flush=True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._told(test, "FAIL", err)

    def addError(self, test, err):
        super().addError(test, err)
        self._told(test, "ERROR", err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.words[test.id()] = f"skipped: {reason}"

    def _told(self, test, word, err):
        frames, trace = [], err[2]
        while trace:
            frames.append(f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}")
            trace = trace.tb_next
        text = " ".join(str(err[1]).split())
        # A failed cleanup follows from what failed before it.
        self.words.setdefault(test.id(), f"{word} at {' '.join(frames[2:5])}: {text}")


def run(module: str, names: list[str]) -> None:
    """Runs the tests of a module, or some of them, and ends the program."""
    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromNames([f"{module}.{name}" for name in names] or [module])
    shown, sys.stdout = sys.stdout, io.StringIO()
    result = Result(shown)
    suite.run(result)
    sys.stdout = shown
    kinds = [word.split()[0].rstrip(":") for word in result.words.values()]
    print(", ".join(f"{kinds.count(kind)} {kind}" for kind in ("ok", "FAIL", "ERROR", "skipped")))
    sys.exit(0 if result.wasSuccessful() else 1)
