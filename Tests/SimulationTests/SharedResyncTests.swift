import MDBytes
import MDKernel
import MDModel
import MDSimulator
import Testing

/// `--resync` on an array that two simulated nodes share.
@Suite struct SharedResyncTests {
    /// Nodes that run /dev/md0 on sda and sdb; sdc is free.
    private func pair() throws -> [SimulatedKernel] {
        let cluster = SimulatedCluster(name: "lab")
        var settings = SimulatedKernel.Settings()
        settings.syncSpeed = 20
        let nodes = (0..<2).map { _ in SimulatedKernel(settings: settings, cluster: cluster) }
        for name in ["sda", "sdb", "sdc"] {
            let disk = SimulatedDisk(size: ByteCount(64 << 20))
            for node in nodes { node.attach(disk, as: name) }
        }
        var fixture = ArrayFixture()
        fixture.bitmap = .clustered(nodes: 4, cluster: "lab")
        _ = try fixture.start(number: 0, on: ["/dev/sda", "/dev/sdb"], kernel: nodes[0])
        let array = try ArrayFixture.make(number: 0, kernel: nodes[1])
        try ArrayFixture.gather(["/dev/sda", "/dev/sdb"], into: array, kernel: nodes[1])
        try nodes[1].run(array)
        nodes[1].answerDiskQuestions { node, event in
            let slot = event.properties["RAID_DISK"] ?? ""
            let uuid = event.properties["DEVICE_UUID"] ?? ""
            _ = run("--candidate /dev/md0 --slot \(slot) --uuid \(uuid)", on: node)
        }
        return nodes
    }

    private func resync(_ words: String, on node: SimulatedKernel) -> CommandResult {
        run("--resync /dev/md0 \(words)", on: node)
    }

    /// An agent on the second node that says what node 1 has left.
    private func tell(_ low: UInt64, _ high: UInt64, on node: SimulatedKernel) throws {
        var first = NodeAnswer(node: 1, .ready)
        first.sync = NodeAnswer.SyncSpan(low: low, high: high)
        let packet = AgentAnswer.nodes([NodeAnswer(node: 2, .ready), first]).packet
        _ = try node.answerRequests(at: "/run/swmdadm/cluster-agent.socket", atMost: 1) { _ in packet }
    }

    @Test func aCheckIsSteeredWhereItRuns() throws {
        let nodes = try pair()
        #expect(resync("check", on: nodes[0]).status == 0)
        nodes[0].pause(.seconds(1))
        #expect(resync("", on: nodes[0]).output.hasPrefix("/dev/md0: check on this node\n"))
        #expect(resync("", on: nodes[1]).output == "/dev/md0: resync on another node\n")
        for verb in ["pause", "check", "repair", "cancel"] {
            let refused = resync(verb, on: nodes[1])
            #expect(refused.status == 1 && refused.error.hasSuffix(
                "another node syncs the array, and only there can that be steered: "
                    + "run swmdadm --resync /dev/md0 on that node\n"), "\(verb): \(refused)")
        }
        #expect(resync("start", on: nodes[1]).output == "mdadm: /dev/md0: another node does the resync already\n")
        #expect(resync("pause", on: nodes[0]).output.split(separator: "\n").count == 1)
        nodes[1].pause(.seconds(60))
        #expect(resync("", on: nodes[1]).output == "/dev/md0: nothing is being synced\n")
    }

    @Test func agentsSayWhichNodeItIs() throws {
        let nodes = try pair()
        try tell(32256, 129024, on: nodes[1])
        #expect(resync("check", on: nodes[0]).status == 0)
        let report = resync("", on: nodes[1])
        #expect(report.output == """
            /dev/md0: resync on another node (node 1)
                     node 1 : sectors 32256 to 129024 are left (25.0 % are done)

            """)
        #expect(resync("pause", on: nodes[1]).error.hasSuffix("run swmdadm --resync /dev/md0 on node 1\n"))
        let json = resync("--json", on: nodes[1]).output
        #expect(json.contains("\"low\": \(32256 * 512)") && json.contains("\"standing\": \"remote\""), "\(report) \(json)")
        nodes[1].endServices(after: .seconds(2))
        let followed = resync("--follow", on: nodes[1])
        #expect(followed.error.hasPrefix("mdadm: /dev/md0: resync on node 1 25.0 %\n"), "\(followed.error)")
    }

    /// What is due passes to the other node, until it is paused there, too.
    @Test func aRecoveryIsPausedNodeByNode() throws {
        let nodes = try pair()
        #expect(run("--manage /dev/md0 --fail /dev/sdb --remove /dev/sdb", on: nodes[0]).status == 0)
        let added = run("--manage /dev/md0 --add /dev/sdc", on: nodes[0])
        try #require(added.status == 0, "\(added.error)")
        nodes[0].pause(.seconds(1))
        #expect(resync("", on: nodes[0]).output.hasPrefix("/dev/md0: recover on this node\n"))
        #expect(resync("pause", on: nodes[1]).status == 1)
        let paused = resync("pause", on: nodes[0])
        #expect(paused.output.contains("another node goes on with it unless it is paused on all"), "\(paused)")
        #expect(resync("", on: nodes[0]).output.hasPrefix("/dev/md0: recover on another node"))
        let again = resync("pause", on: nodes[0])
        #expect(again.status == 0 && again.output.contains("will not take the recovery over"), "\(again)")
        #expect(resync("", on: nodes[1]).output.hasPrefix("/dev/md0: recover on this node\n"))
        nodes[1].pause(.seconds(1))
        #expect(resync("pause", on: nodes[1]).output.contains("paused the recovery"))
        for node in nodes { #expect(resync("", on: node).output.hasPrefix("/dev/md0: recover is paused\n")) }
        nodes[1].pause(.seconds(60))
        #expect(resync("", on: nodes[1]).output.hasPrefix("/dev/md0: recover is paused\n"))
        #expect(resync("resume --follow", on: nodes[1]).status == 0)
        #expect(resync("resume", on: nodes[0]).status == 0)
        #expect(resync("", on: nodes[0]).output == "/dev/md0: nothing is being synced\n")
    }
}
