package import MDBytes

/// What a verb asks the agent of its own node. One packet of text: words apart by single spaces.
package enum AgentRequest: Hashable, Sendable {
    /// How the array is on every node, and, unless `disk` is zero, whether the disk with that identity is there and
    /// has that many mebibytes.
    case look(array: UUID, disk: UUID, mebibytes: UInt32)

    /// The first words of every packet; the number changes with its meaning.
    static let opening = "swmdadm 1"

    /// As it is sent.
    package var packet: [UInt8] {
        switch self {
        case .look(let array, let disk, let mebibytes):
            Array("\(Self.opening) look \(array.bytes.hexText) \(disk.bytes.hexText) \(mebibytes)".utf8)
        }
    }

    /// Nil for anything but a request of this version.
    package init?(reading packet: [UInt8]) {
        let words = String(decoding: packet, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, "\(words[0]) \(words[1])" == Self.opening, words[2] == "look",
            let array = UUID(parsing: words[3]), let disk = UUID(parsing: words[4]), let mebibytes = UInt32(words[5])
        else { return nil }
        self = .look(array: array, disk: disk, mebibytes: mebibytes)
    }
}

/// What the agent answers.
package enum AgentAnswer: Hashable, Sendable {
    /// What every node that an agent runs on said, this one first.
    case nodes([NodeAnswer])
    /// Why nobody could be asked.
    case unable(Reason)

    /// Why an agent cannot ask the others.
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        /// The agent has no shared array of this uuid.
        case unknownArray = "unknown-array"
        /// The agent is not yet, or not any more, among the agents of the array.
        case outside
        /// It asked and the cluster did not answer in time.
        case timedOut = "timed-out"
        /// It was asked for something that it does not know.
        case notUnderstood = "not-understood"
    }

    /// As it is sent.
    package var packet: [UInt8] {
        switch self {
        case .unable(let reason): return Array("\(AgentRequest.opening) \(reason.rawValue)".utf8)
        case .nodes(let answers):
            let lines = answers.map { answer in
                "\n\(answer.node) \(answer.finding.rawValue) \(answer.mebibytes) \(answer.sync.low) \(answer.sync.high)"
            }
            return Array("\(AgentRequest.opening) nodes\(lines.joined())".utf8)
        }
    }

    /// Nil for anything but an answer of this version.
    package init?(reading packet: [UInt8]) {
        let lines = String(decoding: packet, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, first.hasPrefix(AgentRequest.opening + " ") else { return nil }
        let word = first.dropFirst(AgentRequest.opening.utf8.count + 1)
        if let reason = Reason(rawValue: String(word)) {
            self = .unable(reason)
            return
        }
        guard word == "nodes", lines.count <= NodeAnswer.limit + 1 else { return nil }
        let answers = lines.dropFirst().compactMap { NodeAnswer(reading: $0) }
        guard answers.count == lines.count - 1 else { return nil }
        self = .nodes(answers)
    }
}

/// What one node said.
package struct NodeAnswer: Hashable, Sendable {
    /// Its id in the cluster; zero where it is not known.
    package var node: UInt32
    package var finding: Finding
    /// The size that was seen, where that is the finding.
    package var mebibytes: UInt64
    /// The sectors of the array that it resyncs, from where it is to where it will be done; 0 and 0 for none.
    package var sync = SyncSpan()

    package init(node: UInt32, _ finding: Finding, mebibytes: UInt64 = 0) {
        self.node = node
        self.finding = finding
        self.mebibytes = mebibytes
    }

    /// Sectors from `low` to before `high`.
    package struct SyncSpan: Hashable, Sendable {
        package var low: UInt64
        package var high: UInt64

        /// Whether it is none.
        package var isEmpty: Bool { low == 0 && high == 0 }

        package init(low: UInt64 = 0, high: UInt64 = 0) {
            self.low = low
            self.high = high
        }
    }

    /// What there can be to say about a disk, and the array it is for.
    package enum Finding: String, Hashable, Sendable, CaseIterable {
        case ready
        /// No device here has that identity.
        case notFound = "not-found"
        case tooSmall = "too-small"
        /// Something here holds the device.
        case busy
        /// The array is not read-write here.
        case notWritable = "not-writable"
        /// The array does not run here.
        case noArray = "no-array"
        /// No answer, or one that says nothing.
        case silent

        /// Whether a disk cannot be added because of it.
        package var isObstacle: Bool { self != .ready && self != .silent }
    }

    /// No array is shared by more nodes.
    package static let limit = 64

    init?(reading line: Substring) {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 5, let node = UInt32(words[0]), let finding = Finding(rawValue: String(words[1])),
            let mebibytes = UInt64(words[2]), let low = UInt64(words[3]), let high = UInt64(words[4])
        else { return nil }
        self.init(node: node, finding, mebibytes: mebibytes)
        sync = SyncSpan(low: low, high: high)
    }
}
