"""Command lines over the whole surface of native arrays, from a seed: what admins and scripts type, and what goes wrong in it.

A line is a list of words. Members are written d1, d2 …; {k1} and {n1} are the kernel's name and the numbers of d1. Every line belongs
to a ground (lines.py): arrays that do not run, or one that does.
"""

import random

TORN = {"five": ("/dev/md/five", ["d1", "d2", "d3", "d4"], "5"), "dirty": ("/dev/md/dirty", ["d5", "d6", "d7", "d8"], "6"),
        "split": ("/dev/md/split", ["d9", "d10"], "1"), "7": ("/dev/md7", ["d11", "d12", "d13", "d14"], "7")}
UUID = {"one": "01234567:89abcdef:01234567:89abcdef", "five": "55555555:55555555:55555555:55555555",
        "none": "ffffffff:00000000:ffffffff:00000000", "stripe": "00000000:11111111:22222222:33333333"}
SIZES = ["8M", "16M", "16384", "20001", "20000K", "max", "1T", "2K", "0", "-1", "30000s", "16m"]
CHUNKS = ["4", "64", "64K", "128", "1M", "512", "8", "3", "48", "0", "junk", "2G"]
METADATA = ["1.2", "1.0", "1.1", "1", "default", "0.90", "0", "1.02", "3", "0.91x"]
NAMES = ["n", "longer-name_with.marks", "a b", "host:name", "7", "x" * 32, "x" * 33, "umläut", "."]
LAYOUTS = {"5": ["la", "ra", "ls", "rs", "left-symmetric", "parity-first", "parity-last", "ddf-N-continue", "n2", "junk"],
           "6": ["la", "rs", "ddf-zero-restart", "left-symmetric-6", "parity-first-6", "f2"],
           "10": ["n2", "f2", "o2", "n3", "n4", "f3", "o3", "n1", "x2", "n"],
           "0": ["original", "alternate", "dangerous", "1", "junk"], "1": ["n2"], "4": ["la"], "linear": ["n2"]}
LEVELS = ["0", "1", "4", "5", "6", "10"]
LEVEL_WORDS = {"0": ["0", "raid0", "stripe"], "1": ["1", "raid1", "mirror"], "4": ["4", "raid4"], "5": ["5", "raid5"], "6": ["6", "raid6"],
               "10": ["10", "raid10"]}
FEWEST = {"0": 1, "1": 1, "4": 2, "5": 2, "6": 4, "10": 2}
# Options that some mode has and others do not; used where a line is to go wrong.
STRAY = ["--run", "--force", "--scan", "--assume-clean", "--test", "--readonly", "--brief", "-v", "-q", "--export", "--no-degraded", "-Y",
         "--bitmap=internal", "--bitmap=none", "--bitmap=/file", "--chunk=64", "--level=1", "--raid-devices=2", "--spare-devices=1", "--size=16M",
         "--name=n", "--uuid=" + UUID["one"], "--super-minor=9", "--metadata=1.2", "--config=none", "--homehost=h", "--write-mostly", "--failfast",
         "--nofailfast", "--update=name", "--update=resync", "--backup-file=/tmp/b", "--invalid-backup", "--delay=5", "--add", "--remove", "--fail",
         "--re-add", "--replace", "--with", "--stop", "--wait", "--zero-superblock", "--examine", "--detail", "--query", "--create", "--assemble",
         "--manage", "--misc", "--action=idle", "--data-offset=2M", "--write-behind=64", "--write-journal=d12", "--consistency-policy=resync",
         "--nodes=2", "--no-devices", "--prefer=lab", "--offroot", "--auto=yes", "--symlinks=no", "--nonsense", "-n", "-c", "--bitmap-chunk=4M"]


class Lines:
    """Makes the lines of one seed."""

    def __init__(self, seed: int):
        self.dice = random.Random(seed)

    def some(self, count: int, ground: str) -> list[tuple[str, str | None]]:
        """Distinct lines for a ground, each with what is typed at its questions (None: standard input is empty)."""
        makers = GROUNDS[ground]
        lines: dict[str, str | None] = {}
        tries = 0
        while len(lines) < count:
            tries += 1
            if tries > 100 * count:
                raise ValueError(f"{ground} has no {count} different lines")
            maker = self.dice.choices([maker for maker, _ in makers], [weight for _, weight in makers])[0]
            words = [word for word in maker(self) if word]
            if self.chance(0.2):
                words = self.spoiled(words)
            typed = self.dice.choice([None, "y\\n", "n\\n", "yes\\n"]) if "--create" in words or "-C" in words else None
            lines.setdefault(" ".join(quoted(word) for word in words), typed)
        return list(lines.items())

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def pick(self, *choices: str) -> str:
        return self.dice.choice(choices)

    def maybe(self, share: float, *words: str) -> list[str]:
        return list(words) if self.chance(share) else []

    def disks(self, count: int, *names: str) -> list[str]:
        """Different ones of the names; all where there are not so many."""
        return self.dice.sample(names, min(count, len(names)))

    def valued(self, long: str, short: str, value: str) -> list[str]:
        """An option with its value in one of the ways it may be written."""
        forms = [[f"--{long}={value}"], [f"--{long}", value]] + ([[f"-{short}{value}"], [f"-{short}", value]] if short else [])
        return self.dice.choice(forms)

    def spoiled(self, words: list[str]) -> list[str]:
        """The line with one thing wrong, or at least odd."""
        words = list(words)
        at = self.dice.randrange(len(words))
        match self.dice.randrange(6):
            case 0: del words[at]
            case 1: words.insert(at, words[at])
            case 2 | 3: words.insert(self.dice.randint(1, len(words)), self.dice.choice(STRAY))
            case 4: words.insert(self.dice.randint(0, len(words)), self.dice.choice(["d14", "/dev/does-not-exist", "/etc/passwd", "missing", "d16", "d11"]))
            case _: self.dice.shuffle(words)
        return words or ["-v"]

    # Arrays to be made.

    def create(self) -> list[str]:
        level = self.pick(*LEVELS, "1", "5")
        fewest = max(FEWEST[level], 2 if self.chance(0.95) else 1)
        raid = self.dice.randint(fewest, fewest + 1) + (1 if level == "10" and self.chance(0.6) else 0)
        spares = self.dice.randint(1, 2) if self.chance(0.15) else 0
        pool = ["d12", "d13", "d14", "d15"] + (["d1", "d2", "d7", "d9", "d11"] if self.chance(0.25) else ["d3", "d4"] if raid > 4 else [])
        members = self.disks(raid + spares + (self.dice.choice([-1, 1]) if self.chance(0.06) else 0), *pool)
        if self.chance(0.15) and members:
            members[self.dice.randrange(len(members))] = self.pick("missing", "missing", "MISSING")
        if self.chance(0.1) and members:
            members.insert(self.dice.randrange(len(members)), self.pick("--write-mostly", "-W", "--failfast"))
        words = [self.pick("--create", "-C"), self.pick("/dev/md/t", "/dev/md/t", "/dev/md7", "t", "/dev/md/7", "/dev/md_d3x", "/dev/sdq")]
        parts = [self.valued("level", "l", self.pick(*LEVEL_WORDS[level])), self.valued("raid-devices", "n", str(raid))]
        parts += [self.valued("spare-devices", "x", str(spares))] if spares or self.chance(0.05) else []
        parts += self.options(level)
        if self.chance(0.85):
            tail = parts[1:]
            self.dice.shuffle(tail)
            parts = parts[:1] + tail
        else:
            self.dice.shuffle(parts)
        if not any(part[0].startswith(("--layout", "--parity", "-p")) for part in parts) and level in ("5", "6", "10") and self.chance(0.3):
            parts.append(self.valued("layout", "p", self.pick(*LAYOUTS[level])))
        return words + [word for part in parts for word in part] + members

    def options(self, level: str) -> list[list[str]]:
        """Options of --create, most of them rare."""
        parts = []
        if self.chance(0.75): parts.append([self.pick("--run", "-R")])
        if self.chance(0.6) or level in ("1", "6", "10"): parts.append(["--assume-clean"])
        if self.chance(0.3): parts.append(self.valued("chunk", "c", self.pick(*CHUNKS)))
        if self.chance(0.2): parts.append(self.valued("size", "z", self.pick(*SIZES)))
        if self.chance(0.45): parts.append(self.valued("metadata", "e", self.pick(*METADATA)))
        if self.chance(0.4): parts.append(self.valued("bitmap", "b", self.pick("internal", "internal", "none", "none", "lockless", "/x", "word")))
        if self.chance(0.1): parts.append(self.valued("bitmap-chunk", "", self.pick("4M", "64K", "1K", "3M", "1G")))
        if self.chance(0.1): parts.append(self.valued("delay", "d", self.pick("1", "20", "0", "x")))
        if self.chance(0.2): parts.append(self.valued("name", "N", self.pick(*NAMES)))
        if self.chance(0.1): parts.append(self.valued("uuid", "u", self.pick(UUID["none"], "junk", UUID["none"].replace(":", ""), "0123")))
        if self.chance(0.1): parts.append(self.valued("homehost", "", self.pick("h", "any", "none", "<none>", "<ignore>", "h" * 31)))
        if self.chance(0.1): parts.append(self.valued("data-offset", "", self.pick("2M", "8M", "1", "1G", "variable", "x", "2048s")))
        if self.chance(0.08): parts.append(self.valued("consistency-policy", "k", self.pick("resync", "bitmap", "ppl", "journal", "none", "x")))
        if self.chance(0.05): parts.append(self.dice.choice([["--write-behind"], ["--write-behind=64"], ["--write-behind=16384"]]))
        if self.chance(0.05): parts.append(["--write-journal", self.pick("d6", "d10", "missing", "/dev/no")])
        if self.chance(0.06): parts.append([self.pick("--force", "-f")])
        if self.chance(0.06): parts.append([self.pick("--readonly", "-o")])
        if self.chance(0.15): parts.append([self.pick("-v", "-q", "-vv")])
        if self.chance(0.05): parts.append([self.pick("--auto=yes", "--nodes=3", "--write-zeroes", "--logical-block-size=4096", "--config=none")])
        return parts

    def build(self) -> list[str]:
        level = self.pick("0", "1", "1", "linear", "10", "faulty", "5", "stripe", "mp")
        count = self.pick("2", "2", "3", "1")
        members = self.disks(int(count) + (1 if self.chance(0.05) else 0), "d12", "d13", "d14", "d15")
        if level in ("1", "10") and self.chance(0.2): members[-1] = self.pick("missing", "Missing")
        parts = [[f"-n{count}"]] + self.maybe_part(0.4, self.valued("chunk", "c", self.pick(*CHUNKS))) + self.maybe_part(0.5, ["--assume-clean"]) \
            + self.maybe_part(0.2, ["-v"]) + self.maybe_part(0.1, ["--force"]) + self.maybe_part(0.15, self.valued("layout", "p", self.pick("n2", "f2", "junk"))) \
            + self.maybe_part(0.15, self.valued("size", "z", self.pick(*SIZES))) + self.maybe_part(0.15, ["--bitmap=" + self.pick("none", "internal", "/f")]) \
            + self.maybe_part(0.1, ["--write-mostly"]) + self.maybe_part(0.05, ["--write-behind"]) + self.maybe_part(0.1, ["--run"])
        return [self.pick("--build", "-B"), self.pick("/dev/md/t", "/dev/md7", "t")] + self.valued("level", "l", level) \
            + [word for part in parts for word in part] + members

    def maybe_part(self, share: float, part: list[str]) -> list[list[str]]:
        return [part] if self.chance(share) else []

    # Arrays that do not run.

    def assemble(self) -> list[str]:
        name, members, uuid, spare = self.dice.choice([("one", ["d1", "d2"], "one", []), ("five", ["d3", "d4", "d5"], "five", ["d6"]),
                                                       ("stripe", ["d7", "d8"], "stripe", []), ("old", ["d9", "d10"], "", [])])
        chosen = members + (spare if self.chance(0.6) else [])
        if self.chance(0.25): chosen = self.disks(len(chosen) - 1, *chosen)
        if self.chance(0.1): chosen.append(self.pick("d11", "d12", "d1", "d3", "d7", "d9", "d16", "/dev/no"))
        words = [self.pick("--assemble", "-A")]
        identity = []
        if uuid and self.chance(0.3): identity = self.valued("uuid", "u", UUID[self.pick(uuid, uuid, uuid, "none")])
        elif self.chance(0.2): identity = self.valued("name", "N", self.pick(name, name, "nobody", "lab:" + name))
        elif name == "old" and self.chance(0.5): identity = self.valued("super-minor", "m", self.pick("9", "9", "3", "dev"))
        if identity and self.chance(0.6): chosen = []
        options = self.maybe(0.12, "--run") + self.maybe(0.12, "--force") + self.maybe(0.1, "--readonly") + self.maybe(0.2, self.pick("-v", "-q", "-vv")) \
            + self.maybe(0.1, "--no-degraded") + self.maybe(0.1, "--homehost=" + self.pick("lab", "other", "any")) \
            + self.maybe(0.1, "--metadata=" + self.pick("1.2", "1.1", "0.90", "1", "1.0", "default")) + self.maybe(0.05, "--config=" + self.pick("none", "partitions", "/no")) \
            + self.maybe(0.06, "--scan")
        if self.chance(0.25):
            word = self.pick("name", "homehost", "resync", "uuid", "devicesize", "no-bitmap", "bbl", "no-bbl", "force-no-bbl", "super-minor", "summaries",
                             "metadata", "byteorder", "layout-original", "layout-alternate", "layout-unspecified", "ppl", "no-ppl", "revert-reshape",
                             "home-cluster", "nodes", "bitmap", "help", "junk")
            options += self.valued("update", "U", word)
            if word == "name" and self.chance(0.5): options += ["--name=renamed"]
            if word == "uuid" and self.chance(0.5): options += ["--uuid=" + UUID["none"]]
        target = self.pick("/dev/md/" + name, "/dev/md/t", "/dev/md9", name, "/dev/md/9")
        return words + [target] + identity + options + chosen

    def assemble_scan(self) -> list[str]:
        return [self.pick("-As", "--assemble --scan", "-A -s")] + self.maybe(0.3, self.pick("-v", "-q")) + self.maybe(0.2, "--run") + self.maybe(0.2, "--no-degraded") \
            + self.maybe(0.2, "--force") + self.maybe(0.3, "--config=" + self.pick("none", "partitions", "/tmp/c/some.conf", "/tmp/c/strict.conf", "/tmp/c")) \
            + self.maybe(0.2, "--homehost=" + self.pick("lab", "other", "<ignore>", "any")) + self.maybe(0.2, "--uuid=" + self.pick(*UUID.values())) \
            + self.maybe(0.15, "/dev/md/" + self.pick("one", "five", "nobody")) + self.maybe(0.1, "--name=" + self.pick("one", "five")) + self.maybe(0.05, "--update=resync")

    def configured(self) -> list[str]:
        """Assembly by what a configuration file says."""
        return [self.pick("-A", "--assemble"), self.pick("/dev/md/one", "/dev/md/five", "/dev/md/old", "/dev/md/stripe", "/dev/md/ghost")] \
            + self.maybe(0.9, "--config=" + self.pick("/tmp/c/some.conf", "/tmp/c/strict.conf", "/tmp/c/odd.conf", "/tmp/c")) + self.maybe(0.2, "-v") + self.maybe(0.1, "--run") \
            + self.maybe(0.1, "--force") + self.maybe(0.2, "d1", "d2")

    # Arrays whose members do not agree: one left early, two worked alone, a sync was cut short.

    def torn(self) -> list[str]:
        name = self.pick(*TORN)
        array, members, digit = TORN[name]
        identity = self.dice.choice([[], [], [], self.valued("uuid", "u", ":".join([8 * digit] * 4)), self.valued("name", "N", name)])
        chosen = [] if identity and self.chance(0.6) else self.disks(self.dice.choice([1, 2, 3, 4, 4, 4]), *members)
        chosen += self.maybe(0.1, self.pick("d1", "d5", "d9", "d11", "d15", "d16"))
        options = self.maybe(0.3, self.pick("--run", "-R")) + self.maybe(0.3, self.pick("--force", "-f")) + self.maybe(0.15, self.pick("--readonly", "-o")) \
            + self.maybe(0.15, "--no-degraded") + self.maybe(0.3, self.pick("-v", "-q")) \
            + self.maybe(0.15, "--update=" + self.pick("name", "resync", "summaries", "uuid", "homehost", "super-minor", "metadata", "no-bitmap", "bbl"))
        words = [self.pick("--assemble", "-A"), self.pick(array, array, "/dev/md/t"), *identity]
        return words + options + chosen if self.chance(0.7) else words + chosen + options

    def torn_scan(self) -> list[str]:
        return [self.pick("-As", "--assemble --scan")] + self.maybe(0.3, self.pick("-v", "-q")) + self.maybe(0.4, "--run") + self.maybe(0.3, "--no-degraded") \
            + self.maybe(0.4, "--force") + self.maybe(0.2, "--readonly") + self.maybe(0.2, "--uuid=" + ":".join([8 * self.pick("1", "5", "6", "7")] * 4))

    def torn_create(self) -> list[str]:
        """Something new over them, as it was or otherwise."""
        _, members, _ = TORN[self.pick(*TORN)]
        chosen = self.disks(self.dice.choice([2, 3, 4]), *members, "d15")
        return [self.pick("--create", "-C"), "/dev/md/t"] + self.maybe(0.6, "--run") + ["--assume-clean", f"-l{self.pick('0', '1', '5')}", f"-n{len(chosen)}"] \
            + self.maybe(0.7, "--bitmap=none") + self.maybe(0.3, "-e", self.pick("1.0", "1.1", "0.90")) + chosen

    # What is on disks.

    def examine(self) -> list[str]:
        disks = self.disks(self.dice.randint(1, 4), *[f"d{number}" for number in range(1, 17)], "/dev/no", "/etc/passwd", "/dev/null")
        return [self.pick("--examine", "-E")] + self.maybe(0.25, self.pick("--brief", "-b")) + self.maybe(0.2, self.pick("--export", "-Y")) + self.maybe(0.2, "-v") \
            + self.maybe(0.15, "-e", self.pick(*METADATA, "0.swap")) + self.maybe(0.1, "--prefer=lab") + self.maybe(0.05, "--sparc2.2") + self.maybe(0.05, "--force") \
            + self.maybe(0.06, "--test") + disks

    def examine_scan(self) -> list[str]:
        return [self.pick("-Es", "-E -s", "--examine --scan")] + self.maybe(0.3, self.pick("-v", "-vv", "-b")) + self.maybe(0.3, "--config=" + self.pick(
            "none", "partitions", "/tmp/c/some.conf", "/tmp/c/odd.conf", "/no")) + self.maybe(0.2, "-e", self.pick("1.2", "0.90", "1")) \
            + self.maybe(0.1, "--export") + self.maybe(0.2, self.pick("d1", "d9", "d12"))

    def misc_read(self) -> list[str]:
        disks = self.disks(self.dice.randint(1, 3), *[f"d{number}" for number in range(1, 17)], "/dev/no", "/etc/passwd")
        return self.dice.choice([["--query"], ["-Q"], ["--examine-bitmap"], ["-X"], ["-X", "--brief"], ["--examine-badblocks"], ["--detail"], ["-D", "-b"],
                                 ["-D", "--export"], ["-D", "--test"], ["--misc", "-Q"], [], ["--dump=/tmp/dump"], ["--dump=/no"], ["-Q", "-v"], ["--misc", "--detail"]]) + disks

    def zero(self) -> list[str]:
        disks = self.disks(self.dice.randint(1, 3), "d1", "d2", "d3", "d6", "d7", "d9", "d11", "d12", "d15", "d16", "/dev/no", "{k1}", "{n2}")
        return ["--zero-superblock"] + self.maybe(0.2, "--force") + self.maybe(0.2, "-v") + self.maybe(0.3, "-e", self.pick("1.2", "0.90", "1", "1.0", "1.1", "default", "0.swap", "0")) \
            + self.maybe(0.1, "-q") + disks

    def idle_state(self) -> list[str]:
        return [self.pick("--stop", "-S", "--run", "-R", "--readonly", "-o", "--readwrite", "-w", "--wait", "-W", "--wait-clean", "--action=check",
                          "--action=junk", "--misc", "--detail", "-Q", "--manage")] + self.maybe(0.2, "--scan") + self.maybe(0.2, "-v") \
            + self.maybe(0.9, self.pick("/dev/md9", "/dev/md/one", "md9", "d1", "/dev/no", "/etc/passwd", "d12"))

    # An array that runs: d1, d2, d3 are its members (and d4 of a larger one); d5 a spare; d6, d7 blank; d8 file system; d9 of another array; d16 busy.

    def manage(self) -> list[str]:
        array = self.pick("/dev/md1", "/dev/md1", "/dev/md1", "/dev/md/one", "md1", "one")
        words = self.dice.choice([[array], [array], ["--manage", array], [array, "--manage"]])
        for _ in range(self.dice.choice([1, 1, 1, 2, 2, 3])):
            words += self.operation()
        return words + self.maybe(0.12, self.pick("-v", "-q")) + self.maybe(0.06, "--test") + self.maybe(0.05, "--run")

    def operation(self) -> list[str]:
        member = self.pick("d1", "d2", "d3", "d5", "{k1}", "{n1}", "{k2}", "{n5}", "/dev/{k2}")
        free = self.pick("d6", "d7", "d5", "d1", "d8", "d9", "d16", "/dev/no", "{k6}", "{n6}", "d12")
        match self.dice.randrange(10):
            case 0 | 1: return [self.pick("--add", "-a", "--add", "--add-spare")] + self.maybe(0.15, self.pick("--write-mostly", "--failfast", "--force")) + [free]
            case 2: return ["--re-add"] + self.maybe(0.2, "--update=" + self.pick("bbl", "devicesize", "no-bbl", "name")) + [self.pick(member, "missing", "faulty", "failed", "detached")]
            case 3 | 4: return [self.pick("--remove", "-r"), self.pick(member, member, "failed", "faulty", "detached", "set-A", "missing", "d6")]
            case 5 | 6: return [self.pick("--fail", "-f", "--set-faulty"), self.pick(member, member, "detached", "set-A", "set-B", "failed", "d6")]
            case 7: return ["--fail", member, "--remove", member]
            case 8: return ["--replace", member] + self.maybe(0.6, "--with", self.pick("d5", "d6", "d2"))
            case _: return [self.pick("--readonly", "--readwrite", "--run", "--stop", "-w", "-o", "-S", "-R", "--add-journal d6", "--with d5", "--nofailfast",
                                      "--cluster-confirm 0:d6", "--cluster-confirm 2:missing")]

    def live_state(self) -> list[str]:
        verb = self.pick("--stop", "-S", "--run", "-R", "--readonly", "-o", "--readwrite", "-w", "--wait", "-W", "--wait-clean", "--action=check", "--action=repair",
                         "--action=idle", "--action=frozen", "--action=sync", "--misc -S", "--manage --stop")
        return [verb] + self.maybe(0.1, "--scan") + self.maybe(0.2, self.pick("-v", "-q")) \
            + self.maybe(0.93, self.pick("/dev/md1", "/dev/md1", "/dev/md/one", "md1", "d1", "/dev/md9", "/dev/no", "one"))

    def detail(self) -> list[str]:
        return [self.pick("--detail", "-D", "-D", "--misc -D", "-Q -D", "--query --detail")] + self.maybe(0.3, self.pick("--brief", "-b")) + self.maybe(0.3, self.pick("--export", "-Y")) \
            + self.maybe(0.25, self.pick("-v", "-vv", "-q")) + self.maybe(0.2, self.pick("--test", "-t")) + self.maybe(0.2, "--no-devices") + self.maybe(0.15, "--prefer=lab") \
            + self.maybe(0.15, self.pick("--scan", "-s")) + self.maybe(0.1, "--homehost=lab") \
            + self.disks(self.dice.choice([0, 1, 1, 1, 1, 2]), "/dev/md1", "/dev/md1", "/dev/md/one", "md1", "d1", "/dev/md9", "/dev/no")

    def live_read(self) -> list[str]:
        disks = self.disks(self.dice.randint(1, 3), "d1", "d2", "d3", "d5", "d6", "d9", "/dev/md1", "/dev/md/one", "/dev/no")
        return self.dice.choice([["--query"], ["-Q"], [], ["--examine"], ["-E", "-b"], ["-E", "--export"], ["-E", "-v"], ["-X"], ["--examine-badblocks"],
                                 ["--examine", "--scan"], ["-Esv"]]) + disks

    def live_wrong(self) -> list[str]:
        """Work on disks that the array holds."""
        return self.dice.choice([
            ["--create", "/dev/md/t", "--run", "-l1", "-n2", "d1", "d6"], ["--create", "/dev/md/t", "--run", "-e1.2", "-l1", "-n2", "d6", "d2"],
            ["--create", "/dev/md1", "--run", "-l1", "-n2", "--assume-clean", "-b", "none", "d6", "d7"], ["--build", "/dev/md/t", "-l0", "-n2", "d1", "d6"],
            ["--create", "/dev/md/one", "--run", "-l1", "-n2", "-b", "none", "d6", "d7"], ["--assemble", "/dev/md1", "d1", "d2"],
            ["--assemble", "/dev/md/t", "d1", "d2"], ["--assemble", "/dev/md1", "--uuid=" + UUID["one"]], ["-As"], ["-As", "-v"], ["--assemble", "/dev/md1", "d9"],
            ["--zero-superblock", "d1"], ["--zero-superblock", "--force", "d6"], ["--zero-superblock", "d6", "d2"], ["--zero-superblock", "d9", "d5"]]) \
            + self.maybe(0.3, self.pick("-v", "-q", "--force"))


def quoted(word: str) -> str:
    """One word for the guest's shell; members by their paths. A word of several is several."""
    if " " in word and word[0] == "-" and "=" not in word:
        return " ".join(quoted(part) for part in word.split())
    if word.startswith("--write-journal=d"):
        return "--write-journal=" + quoted(word.partition("=")[2])
    slot, colon, name = word.rpartition(":")
    if colon and slot.isdigit() and name[:1] == "d" and name[1:].isdigit():
        return f"{slot}:/dev/lab/{name}"
    if word[:1] == "d" and word[1:].isdigit():
        return f"/dev/lab/{word}"
    if "{" in word:
        return word.replace("{k", "${k").replace("{n", "${n")
    return word if all(character.isalnum() or character in "-_=:./," for character in word) and word.isascii() else "'" + word + "'"


GROUNDS = {
    "rest": ((Lines.create, 30), (Lines.build, 8), (Lines.assemble, 22), (Lines.assemble_scan, 5), (Lines.configured, 5), (Lines.examine, 10), (Lines.examine_scan, 3),
             (Lines.misc_read, 7), (Lines.zero, 6), (Lines.idle_state, 4)),
    "torn": ((Lines.torn, 60), (Lines.torn_scan, 12), (Lines.torn_create, 10), (Lines.examine, 6), (Lines.examine_scan, 4), (Lines.misc_read, 4), (Lines.zero, 4)),
    **dict.fromkeys(("mirror", "hurt", "parity", "striped", "ten", "five", "elder"), ((Lines.manage, 50), (Lines.live_state, 18), (Lines.detail, 14), (Lines.live_read, 6), (Lines.live_wrong, 6))),
}
# How many lines belong to each, for every hundred.
SHARES = {"rest": 55, "mirror": 15, "hurt": 12, "parity": 12, "striped": 6, "torn": 15, "ten": 6, "five": 6, "elder": 6}
