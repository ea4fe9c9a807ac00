import MDBytes
import MDKernel
import MDModel
import MDOperations
import MDSimulator
import Testing

/// What a verb asks its node's agent, and what it makes of the answer; the agents' own talk is seen in the lab.
@Suite struct AgentTests {
    /// The nodes answer all that they can.
    private static let answers = NodeAnswer.Finding.allCases.enumerated().map { number, finding in
        var answer = NodeAnswer(node: UInt32(number + 1), finding, mebibytes: UInt64(number) << 40)
        answer.sync = NodeAnswer.SyncSpan(low: UInt64(number), high: .max)
        return answer
    }

    @Test func packetsComeBackAsTheyWere() {
        let request = AgentRequest.look(array: UUID(bytes: 1...16), disk: .zero, mebibytes: .max)
        #expect(AgentRequest(reading: request.packet) == request)
        for answer in [AgentAnswer.nodes([]), .nodes(Self.answers)] + AgentAnswer.Reason.allCases.map(AgentAnswer.unable) {
            #expect(AgentAnswer(reading: answer.packet) == answer)
        }
    }

    /// One byte changed, left out or doubled, anywhere: another value or none, and never a trap.
    @Test func damagedPacketsAreNothingElse() {
        let packets = [
            AgentRequest.look(array: UUID(bytes: 1...16), disk: UUID(bytes: 2...17), mebibytes: 17).packet,
            AgentAnswer.nodes(Self.answers).packet,
        ]
        for packet in packets {
            for place in packet.indices {
                for value in [0, 10, 32, 45, 57, 0x80, 0xff] as [UInt8] {
                    var other = packet
                    other[place] = value
                    let request = AgentRequest(reading: other)
                    let answer = AgentAnswer(reading: other)
                    #expect(request == nil || answer == nil)
                }
                var shorter = packet
                shorter.remove(at: place)
                #expect(AgentRequest(reading: shorter) == nil || AgentAnswer(reading: shorter) == nil)
            }
        }
        let crowd = "swmdadm 1 nodes" + String(repeating: "\n1 ready 0 0 0", count: 65)
        #expect(AgentAnswer(reading: Array(crowd.utf8)) == nil)
        #expect(AgentRequest(reading: Array("swmdadm 2 look".utf8)) == nil)
    }

    /// A disk by what it says of itself, wherever sysfs has that; a partition also by its place.
    @Test func disksAreKnownByTheirOwnNames() throws {
        let kernel = SimulatedKernel.withDisks(1, size: ByteCount(64 << 20))
        #expect(DiskIdentity(of: "sda", kernel: kernel) == nil && DiskIdentity(of: "nosuch", kernel: kernel) == nil)
        kernel.name("sda", wwid: "t10.QEMU    d1  ")
        let disk = try #require(DiskIdentity(of: "sda", kernel: kernel))
        #expect(disk.text == "t10.QEMU d1" && disk.digest != .zero)
        kernel.addPartition(1, of: "sda", start: Sectors(2048), count: Sectors(4096))
        let part = try #require(DiskIdentity(of: "sda1", kernel: kernel))
        #expect(part.text == "t10.QEMU d1 at 2048" && part.digest != disk.digest)
    }

    /// What an agent finds out about a disk and the array it is for.
    @Test func looksFindWhatIsInTheWay() throws {
        let kernel = try kernel { _ in [] }
        let look = DiskLook(kernel: kernel)
        kernel.name("sda", wwid: "naa.1")
        kernel.name("sdc", wwid: "naa.3")
        let disk = try #require(DiskIdentity(of: "sdc", kernel: kernel)).digest
        let member = try #require(DiskIdentity(of: "sda", kernel: kernel)).digest
        func finding(_ array: String, _ disk: UUID, _ mebibytes: UInt32 = 1) -> NodeAnswer.Finding {
            look.finding(array: array, disk: disk, mebibytes: mebibytes).finding
        }
        #expect(finding("md0", .zero) == .ready && finding("md0", disk) == .ready && finding("md0", disk, 64) == .ready)
        #expect(finding("md0", UUID(bytes: 1...16)) == .notFound && finding("md1", disk) == .noArray)
        #expect(look.finding(array: "md0", disk: disk, mebibytes: 65) == NodeAnswer(node: 0, .tooSmall, mebibytes: 64))
        // The array's own member is on its way out, as far as another node knows; what another array has is not.
        #expect(finding("md0", member) == .ready)
        #expect(run("--create /dev/md1 --run -l1 -n2 --bitmap=none /dev/sdc missing", on: kernel).status == 0)
        #expect(finding("md0", disk) == .busy)
        #expect(run("--readonly /dev/md0", on: kernel).status == 0)
        #expect(finding("md0", disk) == .notWritable)
    }

    // MARK: --add

    /// A clustered array of one node, whose agent has this to say.
    private func kernel(_ answer: @Sendable @escaping (AgentRequest?) -> [UInt8]) throws -> SimulatedKernel {
        let kernel = SimulatedKernel.withDisks(3, size: ByteCount(64 << 20), cluster: SimulatedCluster(name: "lab"))
        var fixture = ArrayFixture()
        fixture.bitmap = .clustered(nodes: 4, cluster: "lab")
        _ = try fixture.start(number: 0, on: ["/dev/sda", "/dev/sdb"], kernel: kernel)
        _ = try kernel.answerRequests(at: "/run/swmdadm/cluster-agent.socket", atMost: 1) {
            answer(AgentRequest(reading: $0))
        }
        return kernel
    }

    @Test func whatNodesSayIsSaidBeforeAnythingIsWritten() throws {
        let kernel = try kernel { _ in AgentAnswer.nodes(Self.answers).packet }
        let before = try #require(kernel.disk("sdc")).snapshot()
        let result = run("--manage /dev/md0 --add /dev/sdc", on: kernel)
        #expect(result.status == 1)
        #expect(
            result.error == """
                mdadm: cannot add /dev/sdc to /dev/md0; nothing was written to it:
                mdadm: node 2: does not see the disk
                mdadm: node 3: sees the disk with only 2199023255552 MiB
                mdadm: node 4: uses the disk for something else
                mdadm: node 5: the array is not read-write there
                mdadm: node 6: the array does not run there

                """)
        #expect(try #require(kernel.disk("sdc")).snapshot() == before)
    }

    /// No agent, one that cannot ask, one that talks nonsense, nodes that say nothing: the driver is asked as ever.
    @Test(arguments: [
        AgentAnswer.unable(.outside).packet, AgentAnswer.unable(.timedOut).packet, Array("swmdadm 9 nodes".utf8), [],
        AgentAnswer.nodes([NodeAnswer(node: 1, .ready), NodeAnswer(node: 2, .silent)]).packet,
    ])
    func withoutAnswersTheDriverIsAsked(packet: [UInt8]) throws {
        let kernel = try kernel { _ in packet }
        let result = run("--manage -v /dev/md0 --add /dev/sdc", on: kernel)
        #expect(result.status == 0 && result.error.contains("mdadm: added /dev/sdc\n"))
        #expect(result.error.contains("agent"), "\(result.error)")
    }
}
