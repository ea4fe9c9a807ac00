import MDBytes
import MDKernel
import MDModel
import MDOperations
import MDSimulator
import Testing

/// `--assemble --scan` of several arrays, which start side by side.
@Suite struct ScanAssemblyTests {
    private let kernel = SimulatedKernel.withDisks(6, size: ByteCount(64 << 20))

    private func mdadm(_ line: String) -> CommandResult { run(line, on: kernel) }

    private func create(_ name: String, _ devices: String, level: Int = 1) {
        let count = devices.split(separator: " ").count
        let line = "--create /dev/md/\(name) --run --assume-clean --bitmap=none -l\(level) -n\(count) \(devices)"
        #expect(mdadm(line).status == 0)
    }

    private func configure(_ lines: String) throws {
        try kernel.replace(file: "/etc/mdadm.conf", with: Array(lines.utf8), mode: 0o644)
    }

    private func text(_ path: String) throws -> String {
        String(decoding: try kernel.read(file: path, limit: 1 << 16), as: UTF8.self)
    }

    /// Each gets a number of its own, is in the map, and is told of in the order in which it was found.
    @Test func startsAllThatAreWhole() throws {
        create("a", "/dev/sda /dev/sdb")
        create("b", "/dev/sdc /dev/sdd")
        create("c", "/dev/sde /dev/sdf")
        #expect(mdadm("--stop --scan").status == 0)
        let result = mdadm("--assemble --scan")
        #expect(result.status == 0)
        let started = ["c", "b", "a"].map { "mdadm: /dev/md/\($0) has been started with 2 drives.\n" }
        #expect(result.output == started.joined() && result.error.isEmpty)
        #expect(kernel.arrayNames.sorted() == ["md125", "md126", "md127"])
        let paths = try text("/run/mdadm/map").split(separator: "\n").compactMap { $0.split(separator: " ").last }
        #expect(Set(paths) == ["/dev/md/a", "/dev/md/b", "/dev/md/c"])
    }

    /// An array whose member is another one waits for that one, and is not started without it.
    @Test(arguments: [0, 1])
    func stackedArraysStartWhole(level: Int) throws {
        create("a", "/dev/sda /dev/sdb")
        create("b", "/dev/sdc /dev/sdd")
        create("top", "/dev/sde /dev/md/a", level: level)
        try configure("DEVICE /dev/sd* /dev/md*\n" + mdadm("--detail --scan").output)
        #expect(mdadm("--stop --scan").status == 0)
        let result = mdadm("--assemble --scan")
        #expect(result.status == 0, "\(result.error)")
        for name in ["a", "b", "top"] {
            let line = "mdadm: /dev/md/\(name) has been started with 2 drives.\n"
            #expect(result.output.contains(line), "\(result)")
        }
        #expect(!result.output.contains("out of") && result.error.isEmpty)
    }

    /// A scan makes the links itself and waits for nobody; they go with the arrays. An array that is named is waited for.
    @Test func scanDoesNotWaitForUdev() throws {
        var settings = SimulatedKernel.Settings()
        settings.hasUdev = true
        settings.udevIsBusy = true
        let kernel = SimulatedKernel.withDisks(4, size: ByteCount(64 << 20), settings: settings)
        for (name, devices) in [("a", "/dev/sda /dev/sdb"), ("b", "/dev/sdc /dev/sdd")] {
            _ = run("--create /dev/md/\(name) --run --assume-clean -b none -l1 -n2 \(devices)", on: kernel)
        }
        #expect(run("--stop --scan", on: kernel).status == 0)
        let begin = kernel.now()
        let result = run("--assemble --scan", on: kernel)
        #expect(result.status == 0 && result.error.isEmpty, "\(result)")
        #expect(kernel.now() < begin + .seconds(1))
        #expect(try kernel.destination(ofLink: "/dev/md/b") == "/dev/md127")
        #expect(try kernel.destination(ofLink: "/dev/md/a") == "/dev/md126")
        // The next look at all devices knows the arrays by these names.
        let again = run("--assemble --scan -v", on: kernel)
        #expect(again.error.contains("mdadm: no recogniseable superblock on /dev/md/b\n"), "\(again)")
        #expect(run("--stop --scan", on: kernel).status == 0)
        #expect((try? kernel.destination(ofLink: "/dev/md/a")) == nil)
        let named = run("--assemble /dev/md/a /dev/sda /dev/sdb", on: kernel)
        #expect(named.error.contains("timeout waiting for /dev/md/a"), "\(named)")
    }

    /// What the driver refuses is told and taken back; the others start all the same, which is a reason to try again.
    @Test func oneThatDoesNotStartIsTriedAgain() throws {
        create("a", "/dev/sda /dev/sdb")
        create("b", "/dev/sdc /dev/sdd")
        #expect(mdadm("--stop --scan").status == 0)
        let counted = FaultingKernel(kernel.duplicate())
        _ = run("--assemble --scan", on: counted)
        let first = try #require(counted.calls.firstIndex { $0.hasPrefix("RUN_ARRAY") })
        let kernel = FaultingKernel(self.kernel, fault: Fault(call: first + 1, errno: .inputOutput))
        let result = run("--assemble --scan", on: kernel)
        #expect(result.error.contains("mdadm: failed to RUN_ARRAY /dev/md/b: Input/output error\n"), "\(result.error)")
        let started = ["a", "b"].map { "mdadm: /dev/md/\($0) has been started with 2 drives.\n" }
        #expect(result.output == started.joined())
        #expect(self.kernel.openHandles.isEmpty)
    }

    /// A rescue shell whose /run cannot be written to starts arrays all the same; only a creation needs its marker there.
    @Test func withoutAMapArraysStart() throws {
        create("a", "/dev/sda /dev/sdb")
        create("b", "/dev/sdc /dev/sdd")
        #expect(mdadm("--stop --scan").status == 0)
        let anyway = "mdadm: failed to get exclusive lock on mapfile - continue anyway...\n"
        let scanned = run("--assemble --scan", on: try withoutLock("--assemble --scan"))
        #expect(scanned.status == 0)
        #expect(scanned.error == "mdadm: failed to get exclusive lock on mapfile\n" + anyway + anyway)
        #expect(scanned.output.split(separator: "\n").count == 2)
        #expect(mdadm("--stop --scan").status == 0)
        let named = "--assemble /dev/md/a /dev/sda /dev/sdb"
        let result = run(named, on: try withoutLock(named))
        #expect(result.status == 0 && result.error == anyway, "\(result.error)")
    }

    /// A kernel on which locking the map fails, in a copy of this world that has none.
    private func withoutLock(_ line: String) throws -> FaultingKernel<SimulatedKernel> {
        let rehearsal = FaultingKernel(kernel.duplicate())
        _ = run(line, on: rehearsal)
        let call = try #require(rehearsal.calls.firstIndex { $0.hasPrefix("flock") }) + 1
        return FaultingKernel(kernel, fault: Fault(call: call, errno: .readOnly))
    }

    /// The second look at all devices reads none that the first one put into an array, and says of them what it would
    /// have said.
    @Test func membersOfStartedArraysAreNotReadAgain() throws {
        create("a", "/dev/sda /dev/sdb")
        #expect(mdadm("--stop --scan").status == 0)
        let kernel = FaultingKernel(self.kernel)
        let result = run("--assemble --scan -v", on: kernel)
        let last = try #require(kernel.calls.lastIndex { $0.hasPrefix("RUN_ARRAY") })
        let later = kernel.calls[last...]
        #expect(!later.contains("read /dev/sda") && later.contains("read /dev/sdc"), "\(later)")
        #expect(result.error.contains("mdadm: /dev/sda is busy - skipping\n"), "\(result.error)")
    }

    /// A member that was out of date, which the driver drops, is no member: the second look finds its array started.
    @Test func whatTheDriverDropsIsLookedAtAgain() throws {
        let words = "/dev/md/a --run --assume-clean -b none -l1 -n3 /dev/sda /dev/sdb /dev/sdc"
        #expect(mdadm("--create " + words).status == 0)
        #expect(mdadm("/dev/md/a --fail /dev/sdc").status == 0)
        #expect(mdadm("--stop --scan").status == 0)
        let result = mdadm("--assemble --scan")
        #expect(result.output == "mdadm: /dev/md/a has been started with 2 drives (out of 3).\n")
        #expect(result.error.contains("mdadm: Found some drive for an array that is already active: /dev/md/a\n"))
    }

    /// A configuration that calls a file a device is told so; a link that leads nowhere counts as a device that is there.
    @Test(arguments: [
        ("/etc/mdadm.conf", "mdadm: /etc/mdadm.conf is not a block device.\n"), ("/dev/nowhere", ""),
    ])
    func whatIsNoDeviceIsToldAsByMdadm(word: String, error: String) throws {
        try kernel.link("/dev/nowhere", to: "/dev/gone")
        try configure("DEVICE \(word)\n")
        let result = mdadm("--assemble --scan")
        #expect(result.error == error + "mdadm: No arrays found in config file or automatically\n")
        #expect(result.status == 1)
    }

    /// mdadm's order: word for word, of a wildcard's matches the last first, partitions last.
    @Test(arguments: [
        ("DEVICE /dev/sda /dev/sdb /dev/sdc", "abc"), ("DEVICE /dev/sdb /dev/sd[cd] /dev/sda", "bdca"),
        ("DEVICE /dev/sd[ab]\nDEVICE /dev/sd[cd]", "badc"), ("DEVICE partitions /dev/sdb", "bfedcba"),
        ("DEVICE /dev/sdb partitions", "bfedcba"), ("", "fedcba"),
    ])
    func devicesComeInTheOrderOfTheConfiguration(lines: String, letters: String) {
        var configuration = Configuration()
        configuration.read(Array(lines.utf8))
        let paths = DeviceScan.paths(configuration.effectiveDevices, kernel: kernel)
        #expect(paths == letters.map { "/dev/sd\($0)" })
    }

    /// What is wrong with the configuration is told by every command, first of all.
    @Test(arguments: ["--detail --scan", "--examine --scan /dev/sda", "--stop /dev/md9", "--query /dev/sda", "--udev-rules"])
    func complaintsOfTheConfigurationComeFirst(line: String) throws {
        create("a", "/dev/sda /dev/sdb")
        try configure("FOO bar\n")
        let result = mdadm(line)
        #expect(result.error.hasPrefix("mdadm: Unknown keyword FOO\n"), "\(result.error)")
    }

    /// A command that was killed before it set the array up leaves a number, a name in the map and a node: none of it
    /// keeps the next one from the name.
    @Test(arguments: ["--create /dev/md/a --run --assume-clean -l1 -n2 --bitmap=none /dev/sda /dev/sdb", "--assemble --scan"])
    func namesOfWhatCameToNothingAreFree(line: String) throws {
        create("a", "/dev/sda /dev/sdb")
        let map = try text("/run/mdadm/map")
        #expect(mdadm("--stop --scan").status == 0)
        try kernel.write("md127", toFile: "/sys/module/md_mod/parameters/new_array")
        try kernel.replace(file: "/run/mdadm/map", with: Array(map.utf8), mode: 0o600)
        let result = mdadm(line)
        #expect(result.status == 0, "\(result.error)")
        #expect(try text("/run/mdadm/map").contains("/dev/md/a\n"))
    }

    /// A member whose bitmap tells what it missed comes back by itself only where a POLICY line allows that.
    @Test(arguments: [
        ("POLICY action=re-add", true), ("POLICY action=spare metadata=1.x type=disk", true), ("", false),
        ("POLICY action=include", false), ("POLICY action=re-add type=part", false), ("PART-POLICY action=re-add", false),
        ("POLICY action=re-add path=pci-*", false), ("POLICY action=re-add metadata=0.90", false),
        ("POLICY action=re-add\nPOLICY action=nonsense", false), ("POLICY action=include\nPOLICY action=re-add", true),
    ])
    func staleMembersComeBackByPolicy(lines: String, comesBack: Bool) throws {
        #expect(mdadm("--create /dev/md/a --run --assume-clean -b internal -l1 -n2 /dev/sda /dev/sdb").status == 0)
        #expect(mdadm("/dev/md/a --fail /dev/sdb").status == 0)
        #expect(mdadm("/dev/md/a --remove /dev/sdb").status == 0)
        #expect(mdadm("--stop /dev/md/a").status == 0)
        try kernel.replace(file: "/etc/mdadm.conf", with: Array((lines + "\n").utf8), mode: 0o644)
        let result = mdadm("--assemble --run /dev/md/a /dev/sda /dev/sdb")
        #expect(result.status == 0 && result.output == "mdadm: /dev/md/a has been started with 1 drive (out of 2).\n", "\(result)")
        #expect(result.error == (comesBack ? "mdadm: /dev/sdb has been re-added.\n" : ""), "\(result)")
        #expect(mdadm("--detail /dev/md/a").output.contains("/dev/sdb") == comesBack)
    }

    /// POLICY lines let assemble what the AUTO line does not, and never forbid it.
    @Test(arguments: [
        ("", false), ("POLICY auto=yes", true), ("POLICY auto=homehost", true), ("POLICY auto=Yes", false),
        ("POLICY auto=no", false), ("POLICY auto=no auto=yes", true), ("POLICY auto=yes path=pci-*", false),
        ("POLICY auto=yes metadata=0.90", false), ("POLICY auto=yes metadata=1.2", true),
        ("POLICY auto=yes type=part", false), ("PART-POLICY auto=yes", false), ("POLICY action=re-add", false),
        ("POLICY auto=homehost\nHOMEHOST other", false), ("POLICY auto=yes\nHOMEHOST other", true),
    ])
    func policiesOverruleAuto(lines: String, isAssembled: Bool) throws {
        create("a", "/dev/sda /dev/sdb")
        #expect(mdadm("--stop /dev/md/a").status == 0)
        try kernel.replace(file: "/etc/mdadm.conf", with: Array(("AUTO -all\n" + lines + "\n").utf8), mode: 0o644)
        let result = mdadm("--assemble --scan")
        #expect((result.status == 0) == isAssembled, "\(result)")
    }

    @Test func policiesForUnknownFormatsMeanNothing() throws {
        create("a", "/dev/sda /dev/sdb")
        #expect(mdadm("--stop /dev/md/a").status == 0)
        let lines = "AUTO -all\nPOLICY auto=yes metadata=1.x metadata=foo\n"
        try kernel.replace(file: "/etc/mdadm.conf", with: Array(lines.utf8), mode: 0o644)
        let result = mdadm("--assemble --scan")
        #expect(result.status == 1)
        #expect(
            result.error == "mdadm: metadata=foo unrecognised - ignoring rule\n"
                + "mdadm: No arrays found in config file or automatically\n", "\(result)")
    }

    /// A device that was cut off is no member, whatever is on it.
    @Test(arguments: ["", " --force", " --run"])
    func membersWithoutRoomForTheirDataDoNotCount(option: String) throws {
        create("a", "/dev/sda /dev/sdb")
        #expect(mdadm("--stop /dev/md/a").status == 0)
        kernel.addDisk("short", size: ByteCount(20 << 20))
        let handle = try kernel.open("/dev/sda", [])
        let start = try kernel.read(Extent(offset: .zero, count: 1 << 16), of: handle)
        kernel.disk("short")?.write(start, at: .zero, durably: true)
        let refused = mdadm("--assemble /dev/md/a\(option) /dev/short /dev/sdb")
        #expect(refused.status == 1, "\(refused)")
        #expect(
            refused.error == "mdadm: Device /dev/short is not large enough for data described in superblock\n"
                + "mdadm: no RAID superblock on /dev/short\n"
                + "mdadm: /dev/short has no superblock - assembly aborted\n", "\(refused)")
        #expect(mdadm("--assemble /dev/md/a /dev/sda /dev/sdb").status == 0)
        #expect(mdadm("/dev/md/a --fail /dev/sda").status == 0)
        #expect(mdadm("/dev/md/a --remove /dev/sda").status == 0)
        #expect(mdadm("/dev/md/a --re-add /dev/short").status == 1)
    }

    @Test(arguments: ["ddf", "imsm", "mbr", "gpt"]) func formatsOfOthersAreNoNativeArrays(format: String) throws {
        create("a", "/dev/sda /dev/sdb")
        #expect(mdadm("--stop /dev/md/a").status == 0)
        #expect(mdadm("--assemble /dev/md/a -e \(format) /dev/sda /dev/sdb").status == 1)
        #expect(mdadm("--assemble --scan -e \(format)").status == 1)
        #expect(mdadm("--assemble /dev/md/a -e 01.2 /dev/sda /dev/sdb").status == 0)
    }

    /// MDADM_CONF_AUTO goes before the AUTO line and does not take its place.
    @Test func theEnvironmentGoesBeforeTheLine() throws {
        create("a", "/dev/sda /dev/sdb")
        #expect(mdadm("--stop /dev/md/a").status == 0)
        try kernel.replace(file: "/etc/mdadm.conf", with: Array("AUTO -all\n".utf8), mode: 0o644)
        for (words, status) in [("+0.90", Int32(1)), ("+1.x", 0)] {
            let asked = FaultingKernel(kernel, environment: ["MDADM_CONF_AUTO": words])
            #expect(run("--assemble --scan", on: asked).status == status, "\(words)")
        }
    }

    /// /run was emptied: the map comes back, with the names that the arrays would get.
    @Test func aMapThatIsGoneIsMadeAnew() throws {
        create("home", "/dev/sda /dev/sdb")
        #expect(mdadm("--create /dev/md5 --run --assume-clean -b none -N other:far -l1 -n2 /dev/sdc /dev/sdd").status == 0)
        let before = mdadm("--detail --scan").output
        try kernel.remove(file: "/run/mdadm/map")
        let export = mdadm("--detail --export /dev/md5")
        #expect(export.output.contains("MD_DEVNAME=other:far\n"), "\(export)")
        let map = String(decoding: try kernel.read(file: "/run/mdadm/map", limit: 4096), as: UTF8.self)
        let lines = map.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(lines.map { $0.last } == ["/dev/md/home", "/dev/md/other:far"], "\(map)")
        #expect(mdadm("--detail --scan").output == before)
    }

    @Test func aDryRunMakesNoMap() throws {
        create("home", "/dev/sda /dev/sdb")
        try kernel.remove(file: "/run/mdadm/map")
        #expect(mdadm("--stop /dev/md/home --dry-run").status == 0)
        #expect((try? kernel.read(file: "/run/mdadm/map", limit: 1)) == nil)
    }
}
