import MDBytes
import MDFormats
import MDKernel
import MDModel
import MDSimulator
import Synchronization
import Testing

/// Adding a disk to a shared array with our verbs on both nodes: the initiator's `--add` and the peer's
/// `--candidate`, which the kernel's question starts.
@Suite struct ClusterVerbTests {
    private struct Pair {
        let nodes: [SimulatedKernel]
        let disks: [SimulatedDisk]
    }

    /// Nodes that run /dev/md0 on sda and sdb; sdc is free.
    private func pair(of count: Int = 2) throws -> Pair {
        let cluster = SimulatedCluster(name: "lab")
        var settings = SimulatedKernel.Settings()
        settings.hasUdev = true
        let nodes = (0..<count).map { _ in SimulatedKernel(settings: settings, cluster: cluster) }
        let disks = ["sda", "sdb", "sdc"].map { name in
            let disk = SimulatedDisk(size: ByteCount(64 << 20))
            for node in nodes { node.attach(disk, as: name) }
            return disk
        }
        var fixture = ArrayFixture()
        fixture.bitmap = .clustered(nodes: 4, cluster: "lab")
        _ = try fixture.start(number: 0, on: ["/dev/sda", "/dev/sdb"], kernel: nodes[0])
        for node in nodes.dropFirst() {
            let array = try ArrayFixture.make(number: 0, kernel: node)
            try ArrayFixture.gather(["/dev/sda", "/dev/sdb"], into: array, kernel: node)
            try node.run(array)
        }
        return Pair(nodes: nodes, disks: disks)
    }

    /// Answers with the candidate verb, through a kernel that may fail it.
    private final class Peer: Sendable {
        private let results = Mutex<[CommandResult]>([])
        private let calls = Mutex<[String]>([])
        let fault: Fault?

        init(fault: Fault?) { self.fault = fault }

        func answer(_ node: SimulatedKernel, _ event: DeviceEvent) {
            let slot = event.properties["RAID_DISK"] ?? ""
            let uuid = event.properties["DEVICE_UUID"] ?? ""
            let kernel = FaultingKernel(node, fault: fault)
            let result = run("--candidate /dev/md0 --slot \(slot) --uuid \(uuid)", on: kernel)
            results.withLock { $0.append(result) }
            calls.withLock { $0 = kernel.calls }
        }

        var result: CommandResult? { results.withLock { $0.last } }
        var seen: [String] { calls.withLock { $0 } }
    }

    private func add(_ pair: Pair, _ peer: Peer) -> CommandResult {
        for node in pair.nodes.dropFirst() {
            node.answerDiskQuestions { node, event in peer.answer(node, event) }
        }
        return run("--manage /dev/md0 --add /dev/sdc", on: pair.nodes[0])
    }

    @Test(arguments: [2, 3])
    func peersConfirmWithoutWriting(_ count: Int) throws {
        let pair = try pair(of: count)
        let peer = Peer(fault: nil)
        let result = add(pair, peer)
        #expect(result.status == 0, "\(result.error)")
        #expect(peer.result?.status == 0, "\(peer.result?.error ?? "never asked")")
        #expect(!peer.seen.contains { $0.hasPrefix("write /dev/sd") || $0.hasPrefix("fsync") }, "\(peer.seen)")
        for node in pair.nodes {
            let text = String(decoding: try node.read(file: "/proc/mdstat", limit: 65536), as: UTF8.self)
            #expect(text.contains("sdc[2](S)"), "\(text)")
            #expect(node.openHandles.isEmpty)
        }
    }

    /// Whatever fails on the peer, the add ends one way or the other on both nodes.
    @Test(arguments: [Errno.inputOutput, .busy])
    func anyFailureOfThePeerEndsTheAdd(_ errno: Errno) throws {
        let calm = Peer(fault: nil)
        _ = add(try pair(), calm)
        try #require(!calm.seen.isEmpty)
        for call in 1...calm.seen.count {
            let pair = try pair()
            let before = pair.disks[2].snapshot()
            let peer = Peer(fault: Fault(call: call, errno: errno))
            let result = add(pair, peer)
            let what = "\(errno.rawValue) at \(call) \(calm.seen[call - 1])"
            for node in pair.nodes { #expect(node.openHandles.isEmpty, "\(what)") }
            let texts = try pair.nodes.map { String(decoding: try $0.read(file: "/proc/mdstat", limit: 65536), as: UTF8.self) }
            if result.status == 0 {
                #expect(texts.allSatisfy { $0.contains("sdc[2](S)") }, "\(what): \(texts)")
            } else {
                #expect(!texts[0].contains("sdc"), "\(what): \(texts)")
                #expect(!result.error.isEmpty, "\(what)")
                #expect(pair.disks[2].snapshot() == before, "\(what): the refused disk was changed")
                #expect(peer.result?.status != 0, "\(what): \(String(describing: peer.result))")
            }
        }
    }

    /// The agent answers what the kernel announces; a call by the udev rule for the same announcement, before
    /// or after it, leaves that alone.
    @Test(arguments: [false, true])
    func oneOfAgentAndRuleAnswers(ruleIsFirst: Bool) throws {
        let pair = try pair()
        let statuses = Mutex<[Int32]>([])
        pair.nodes[1].answerDiskQuestions { node, event in
            var heard = event
            heard.properties["DEVNAME"] = "md0"
            heard.properties["SEQNUM"] = "4711"
            let announcement = heard
            let rule = FaultingKernel(node, environment: announcement.properties)
            let call = { statuses.withLock { $0.append(run("--candidate /dev/md0", on: rule).status) } }
            if ruleIsFirst { call() }
            node.after(Milliseconds(10)) { $0.post(announcement) }
            node.endServices(after: .seconds(30))
            statuses.withLock { $0.append(run("--cluster-agent", on: node).status) }
            if !ruleIsFirst { call() }
        }
        let result = run("--manage /dev/md0 --add /dev/sdc", on: pair.nodes[0])
        #expect(result.status == 0, "\(result.error)")
        #expect(statuses.withLock { $0 } == [0, 0])
        let notes = pair.nodes[1].serviceNotes
        #expect(notes.first?.hasPrefix("READY=1") == true && notes.contains("WATCHDOG=1") && notes.last == "STOPPING=1")
        let record = try pair.nodes[1].read(file: "/run/swmdadm/answered-md0", limit: 64)
        #expect(record == Array("4711\n".utf8))
        #expect(pair.nodes[1].openHandles.isEmpty)
    }

    @Test(arguments: ["EVENT=REMOVE", "DEVICE_UUID=xyz", "RAID_DISK=-1", "DEVNAME=sda", "DEVNAME=md0/../sda"])
    func theAgentLeavesNonsenseAlone(_ change: String) throws {
        let pair = try pair()
        let node = pair.nodes[1]
        var properties = [
            "EVENT": "ADD_DEVICE", "DEVICE_UUID": "01234567-89ab-cdef-0123-456789abcdef", "RAID_DISK": "2",
            "DEVNAME": "md0", "SEQNUM": "5", "SUBSYSTEM": "block",
        ]
        let parts = change.split(separator: "=").map(String.init)
        properties[parts[0]] = parts[1]
        let event = DeviceEvent(action: "change", properties: properties)
        node.after(Milliseconds(10)) { $0.post(event) }
        node.endServices(after: .seconds(5))
        let kernel = FaultingKernel(node, fault: nil)
        #expect(run("--cluster-agent", on: kernel).status == 0)
        #expect(!kernel.calls.contains { $0.contains("CLUSTERED_DISK_NACK") || $0.contains("ADD_NEW_DISK") })
    }

    /// Whoever asks for nonsense gets an answer, and the log says so.
    @Test(arguments: ["swmdadm 2 look", "swmdadm 1 look 00 00", "\u{0}\u{1b}[2J", "GET / HTTP/1.0"])
    func theAgentAnswersNonsense(_ request: String) throws {
        let node = try pair().nodes[1]
        let answers = Mutex<[[UInt8]]>([])
        node.after(Milliseconds(10)) { node in
            let socket = "/run/swmdadm/cluster-agent.socket"
            guard let answer = try? node.ask(socket, Array(request.utf8), within: .seconds(1)) else { return }
            answers.withLock { $0.append(answer) }
        }
        node.endServices(after: .seconds(5))
        let result = run("--cluster-agent", on: node)
        #expect(answers.withLock { $0 } == [AgentAnswer.unable(.notUnderstood).packet])
        #expect(result.status == 0 && result.error.contains("does not know"), "\(result.error)")
    }

    @Test func oneAgentIsEnough() throws {
        let pair = try pair()
        let held = try pair.nodes[1].lock(file: "/run/swmdadm/cluster-agent.lock", timeout: Milliseconds(0))
        let result = run("--cluster-agent", on: pair.nodes[1])
        #expect(result.status == 1)
        #expect(result.error.contains("another cluster agent"), "\(result.error)")
        withExtendedLifetime(held) {}
    }

    @Test func aNodeThatDoesNotSeeTheDiskRefuses() throws {
        let pair = try pair()
        pair.nodes[1].trouble("sdc", .gone)
        let peer = Peer(fault: nil)
        let result = add(pair, peer)
        #expect(result.status == 1)
        #expect(!result.error.isEmpty)
        #expect(peer.result != nil)
    }

    /// A node that answered before with mdadm gave the disk another uuid. It is named, but nobody knows whether
    /// it is the same disk.
    @Test func aDiskThatAPeersMdadmRewroteIsNamedAndRefused() throws {
        let pair = try pair()
        let disk = pair.disks[2]
        let peer = Peer(fault: nil)
        pair.nodes[1].answerDiskQuestions { node, event in
            let place = Sectors(8)
            guard var block = try? SuperblockV1(reading: disk.read(at: place.bytes, count: SuperblockV1.areaBytes), at: place)
            else { return }
            block.deviceUUID = UUID(bytes: 1...16)
            block.seal()
            disk.write(block.writtenBytes, at: place.bytes)
            peer.answer(node, event)
        }
        let result = run("--manage /dev/md0 --add /dev/sdc", on: pair.nodes[0])
        #expect(result.status == 1)
        let answer = try #require(peer.result)
        #expect(answer.status == 1)
        #expect(answer.error.contains("/dev/sdc has the announced number, but UUID_SUB 01020304-0506-0708"), "\(answer.error)")
    }

    private func leaveAutoReadOnly(_ node: SimulatedKernel) throws {
        try node.write("readonly", toFile: "/sys/block/md0/md/array_state")
        try node.write("read-auto", toFile: "/sys/block/md0/md/array_state")
    }

    /// On an array that Debian's start_ro left auto-read-only, a confirm as mdadm sends it waits for a lock
    /// that the initiator holds, and both fail late.
    @Test func aPlainConfirmOnAnAutoReadOnlyPeerBlocksTheAdd() throws {
        let pair = try pair()
        try leaveAutoReadOnly(pair.nodes[1])
        let start = pair.nodes[0].now()
        pair.nodes[1].answerDiskQuestions { node, _ in
            do {
                let disk = try ArrayFixture.disk("/dev/sdc", .candidate, kernel: node)
                try node.addNewDisk(disk, to: try node.open("/dev/md0", []))
                Issue.record("the driver took it")
            } catch { return }
        }
        let result = run("--manage /dev/md0 --add /dev/sdc", on: pair.nodes[0])
        #expect(result.status == 1)
        #expect(result.error.contains("Device or resource busy"), "\(result.error)")
        #expect(pair.nodes[0].now().since(start) >= .seconds(30))
    }

    /// Ours says MD_DISK_SYNC, which the driver takes without switching the array.
    @Test func ourConfirmWorksOnAnAutoReadOnlyPeer() throws {
        let pair = try pair()
        try leaveAutoReadOnly(pair.nodes[1])
        let result = add(pair, Peer(fault: nil))
        #expect(result.status == 0, "\(result.error)")
    }
}
