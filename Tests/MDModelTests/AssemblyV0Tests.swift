import MDBytes
import MDFormats
import MDModel
import Testing

/// Members of a 0.90 raid5 with a spare, as mdadm 4.6 and Linux 6.12 wrote them: every word that is not zero.
private enum Recorded {
    static let shared: [Int: UInt32] = [
        0: 0xa92b_4efc, 2: 0x5a, 5: 0x1111_1111, 6: 0x6b07_9c52, 7: 5, 8: 0xffc0, 9: 4, 10: 3, 13: 0x2222_2222,
        14: 0x3333_3333, 15: 0x4444_4444, 32: 0x6b07_9c53, 33: 1, 34: 3, 35: 4, 37: 1, 39: 2, 41: 2,
        43: 0xffff_ffff, 64: 2, 65: 0x10000, 129: 0xfe, 130: 0x10, 132: 6, 160: 1, 161: 0xfe, 162: 0x20, 163: 1,
        164: 6, 192: 2, 193: 0xfe, 194: 0x30, 195: 2, 196: 6, 224: 3, 225: 0xfe, 226: 0x40, 227: 3,
    ]

    static func bytes(_ words: [Int: UInt32]) -> [UInt8] {
        var image = [UInt8](repeating: 0, count: 4096)
        for (index, word) in words { image[Field<UInt32>(at: 4 * index)] = word }
        return image
    }

    static let first = shared.merging([38: 0x29e7_384c, 993: 0xfe, 994: 0x10, 996: 6]) { $1 }
    static let spare = shared.merging([38: 0x29e7_387c, 992: 3, 993: 0xfe, 994: 0x40, 995: 3]) { $1 }
    /// The device's sectors, and where 0.90 lies on it.
    static let size = Sectors(131072)
    static let place = Sectors(130944)

    static func block(_ words: [Int: UInt32] = first) throws -> SuperblockV0 {
        try #require(SuperblockV0(reading: bytes(words)))
    }
}

@Suite struct AssemblyV0Tests {
    /// The words that an update changes, and what they are afterwards, as mdadm wrote them.
    private static let updates: [(SuperblockUpdate, [Int: UInt32])] = [
        (.homeHost("h9"), [14: 0x7026_b8bc, 15: 0x543a_69ca]),
        (.uuid(UUID(parsing: "aabbccdd:11223344:55667788:99aabbcc") ?? .zero),
            [5: 0xaabb_ccdd, 13: 0x1122_3344, 14: 0x5566_7788, 15: 0x99aa_bbcc]),
        (.resync, [33: 0, 43: 0]),
        (.superMinor(3), [11: 3]),
        (.summaries, [:]),
        (.noBitmap, [:]),
    ]

    @Test(arguments: updates) func updatesChangeWhatMdadmChanges(update: SuperblockUpdate, changes: [Int: UInt32]) throws {
        var block = try Recorded.block()
        try update.apply(to: &block)
        #expect(block.isChecksumCorrect)
        var expected = Recorded.first.merging(changes) { $1 }
        expected[38] = block.checksum
        #expect(block.image == Recorded.bytes(expected))
    }

    @Test func recordedChecksumsAreRight() throws {
        #expect(try Recorded.block().isChecksumCorrect)
        #expect(try Recorded.block(Recorded.spare).isChecksumCorrect)
    }

    /// What members of one array have alike: mdadm's `--examine --scan` tells arrays apart by any of these words alone.
    @Test(arguments: 1..<80) func arraysAreToldApartByTheConstantWords(word: Int) throws {
        var words = Recorded.first
        words[word, default: 0] &+= 1
        let changed = try #require(SuperblockV0(reading: Recorded.bytes(words)))
        let tellsApart = [1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15].contains(word)
        #expect(try changed.describesSameArray(as: Recorded.block()) == !tellsApart)
    }

    /// Everything behind the checksum moves up by a word.
    @Test func sparcIsPutRight() throws {
        var block = try Recorded.block()
        try SuperblockUpdate.sparc.apply(to: &block)
        let image = block.image
        #expect(image[Field<UInt32>(at: 4 * 40)] == 2 && image[Field<UInt32>(at: 4 * 42)] == 0xffff_ffff)
        #expect(image[Field<UInt32>(at: 4 * 63)] == 2 && image[Field<UInt32>(at: 4 * 131)] == 6)
        #expect(block.isChecksumCorrect)
    }

    @Test func summariesCountRowsWithDevices() throws {
        var words = Recorded.first
        // A slot without disk, and a faulty disk in the row behind.
        for index in 224..<229 { words[index] = 0 }
        words[224] = 3
        words[227] = 3
        words[228] = 9
        for (offset, word) in [UInt32(4), 0xfe, 0x40, 4, 1].enumerated() { words[256 + offset] = word }
        for index in [9, 34, 35, 36, 37] { words[index] = 99 }
        var block = try Recorded.block(words)
        try SuperblockUpdate.summaries.apply(to: &block)
        #expect(block.diskCount == 4 && block.activeDisks == 3 && block.workingDisks == 3)
        #expect(block.failedDisks == 1 && block.spareDisks == 0)
    }

    private static func device(_ uuid: UUID) -> SuperblockUpdate.Device {
        var device = SuperblockUpdate.Device(size: Recorded.size)
        device.newUUID = uuid
        return device
    }

    @Test(arguments: [Recorded.first, Recorded.spare]) func metadataIsConverted(words: [Int: UInt32]) throws {
        let uuid = UUID(bytes: Array(1...16))
        let old = MemberSuperblock.version0(try Recorded.block(words), at: Recorded.place)
        let new = try #require(
            try SuperblockUpdate.metadata.applied(to: old, on: Self.device(uuid)).version1)
        var expected = [UInt8](repeating: 0, count: 512)
        let fields: [Int: UInt32] = [
            0: 0xa92b_4efc, 4: 1, 32: 0x30, 64: 0x6b07_9c53, 72: 5, 76: 2, 80: 0x1ff80, 88: 0x80, 92: 3, 136: 0x1ff80,
            144: 0x1fff0, 160: words[992] ?? 0, 192: 0x6b07_9c53, 208: 0xffff_ffff, 212: 0xffff_ffff,
            216: new.checksum, 220: 0x1b,
        ]
        for (offset, word) in fields { expected[Field<UInt32>(at: offset)] = word }
        let name = try #require(UUID(parsing: "11111111:22222222:33333333:44444444"))
        expected.replaceSubrange(16..<32, with: name.bytes)
        expected.replaceSubrange(168..<184, with: uuid.bytes)
        for role in 0..<27 { expected[Field<UInt16>(at: 256 + 2 * role)] = role < 3 ? UInt16(role) : 0xffff }
        #expect(new.writtenBytes == expected)
        #expect(new.isChecksumCorrect)
    }

    @Test func metadataStaysWhereItMust() throws {
        func refusal(_ change: [Int: UInt32]) throws -> SuperblockUpdate.Refusal? {
            let block = MemberSuperblock.version0(
                try Recorded.block(Recorded.first.merging(change) { $1 }), at: Recorded.place)
            do throws(SuperblockUpdate.Refusal) {
                _ = try SuperblockUpdate.metadata.applied(to: block, on: Self.device(.zero))
                return nil
            } catch { return error }
        }
        #expect(try refusal([33: 0]) == .unclean)
        #expect(try refusal([33: 0x101]) == .metadataBesideBitmap)
    }

    /// Every word swapped, 64-bit numbers the other way round: what a host of the other byte order writes.
    private static func foreign(_ words: [Int: UInt32]) -> [UInt8] {
        var words = words
        for low in [39, 41] { (words[low], words[low + 1]) = (words[low + 1], words[low]) }
        return Recorded.bytes(words.mapValues(\.byteSwapped))
    }

    @Test func theOtherByteOrderIsAdopted() throws {
        let bytes = Self.foreign(Recorded.first)
        var block = try #require(SuperblockV0.any(reading: bytes))
        #expect(block.events == 2 && block.isChecksumCorrect)
        #expect(block.image == bytes)
        try SuperblockUpdate.byteOrder.apply(to: &block)
        #expect(block.image == Recorded.bytes(Recorded.first))
    }

    @Test(arguments: [
        SuperblockUpdate.name([1]), .deviceSize, .badBlockLog, .noBadBlockLog(force: true), .nodes(3), .parityLog,
        .noParityLog, .layout(.original), .unknown,
    ]) func wordsOfTheOtherFormatAreRefused(update: SuperblockUpdate) throws {
        var block = try Recorded.block()
        #expect(throws: SuperblockUpdate.Refusal.notForFormat) { try update.apply(to: &block) }
    }
}

@Suite struct AssemblyV0PlanTests {
    private func finding(_ words: [Int: UInt32], _ name: String, minor: UInt32) throws -> AssemblyFinding {
        AssemblyFinding(
            path: "/dev/\(name)", device: DeviceNumber(major: 254, minor: minor),
            superblocks: [.version0(try Recorded.block(words), at: Recorded.place)])
    }

    private func member(_ slot: UInt32, events: UInt32 = 2) throws -> AssemblyFinding {
        let own: [Int: UInt32] = [
            39: events, 992: slot, 993: 0xfe, 994: 16 * (slot + 1), 995: slot, 996: slot < 3 ? 6 : 0,
        ]
        return try finding(Recorded.shared.merging(own) { $1 }, "d\(slot)", minor: 16 * (slot + 1))
    }

    @Test func aWholeArrayStarts() throws {
        let plan = try Assembly(
            of: [try member(0), try member(1), try member(2), try member(3)], version: nil, terms: .init())
        #expect(plan.verdict == .start && plan.available == [0, 1, 2] && plan.spares == 1)
        #expect(plan.leader.path == "/dev/d0")
        #expect(plan.members.map { $0.superblock.shownSlot } == [1, 2, 3, 0])
    }

    @Test func forceLiftsTheStale() throws {
        var terms = Assembly.Terms()
        terms.force = true
        let plan = try Assembly(of: [try member(0, events: 9), try member(2, events: 2)], version: nil, terms: terms)
        #expect(plan.verdict == .start)
        #expect(plan.remarks.contains(.forcedEvents(path: "/dev/d2", slot: 2, from: 2, to: 9)))
        let lifted = try #require(plan.members.first { $0.path == "/dev/d2" })
        #expect(lifted.superblock.events == 9 && lifted.isRewritten)
        guard case .version0(let block, _) = lifted.superblock else { return #expect(Bool(false)) }
        #expect(block.isChecksumCorrect)
    }

    /// A disk and its copy.
    @Test func twoOfAKindAreRefused() throws {
        let copy = try finding(Recorded.first, "copy", minor: 77)
        #expect(throws: Assembly.Refusal.alike("/dev/d0", "/dev/copy")) {
            _ = try Assembly(of: [try member(0), try member(1), copy], version: nil, terms: .init())
        }
    }

    @Test func identity() throws {
        let superblock = MemberSuperblock.version0(try Recorded.block(), at: Recorded.place)
        let host = HomeHost(name: "h9", isRequired: true)
        var identity = ArrayIdentity()
        identity.superMinor = 0
        #expect(identity.mismatch(of: superblock, homeHost: host) == nil)
        identity.superMinor = 1
        #expect(identity.mismatch(of: superblock, homeHost: host) == .superMinor)
        identity = ArrayIdentity()
        identity.uuid = UUID(parsing: "11111111:22222222:33333333:44444444")
        #expect(identity.mismatch(of: superblock, homeHost: host) == nil)
        identity.name = "any"
        #expect(identity.mismatch(of: superblock, homeHost: host) == .name)
        #expect(!superblock.isLocal(to: host) && superblock.nodeName == "0" && superblock.formatName == "0.90")
        var block = try Recorded.block()
        try SuperblockUpdate.homeHost("h9").apply(to: &block)
        #expect(MemberSuperblock.version0(block, at: Recorded.place).isLocal(to: host))
    }
}
