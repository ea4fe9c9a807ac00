import MDBytes
import MDLocks
import MDSimulator
import Testing

@testable import MDCluster

/// What goes over the wire comes back as it went, and nothing else is taken for it.
@Suite struct WireTests {
    static let seal = ClusterSeal(array: UUID(low: 0x1122_3344_5566_7788, high: 0x99aa_bbcc_ddee_ff00))

    static func message(_ generator: inout SeededGenerator) -> ClusterMessage {
        var message = ClusterMessage(
            MessageKind(rawValue: UInt8.random(in: .min ... .max, using: &generator)), low: generator.next(),
            high: generator.next(), argument: UInt32.random(in: .min ... .max, using: &generator))
        message.flags = MessageFlags(rawValue: UInt8.random(in: 0...7, using: &generator))
        message.sender = Int.random(in: 0..<64, using: &generator)
        message.id = MessageID(rawValue: UInt32.random(in: 1 ... .max, using: &generator))
        return message
    }

    @Test func crcIsTheKnownOne() {
        // RFC 3720, B.4: 32 bytes of zeros. The seal begins with the uuid, so that sixteen of them are the uuid's
        // and the rest the block's; its own four bytes are left out.
        let seal = ClusterSeal(array: .zero)
        var sum: UInt32 = ~0
        for _ in 0..<44 {
            sum = (0..<8).reduce(sum) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1 }
        }
        #expect(seal.checksum(of: .zero) == ~sum)
    }

    @Test func messagesSurviveTheWire() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let message = Self.message(&generator)
            let read = try ClusterMessage(reading: message.block(Self.seal), Self.seal)
            #expect(read == message, "seed \(seed)")
        }
    }

    @Test func everyFlippedBitIsNoticed() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let block = Self.message(&generator).block(Self.seal)
            for bit in 0..<256 {
                var damaged = block
                damaged[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(throws: BlockDefect.self, "seed \(seed)") {
                    _ = try ClusterMessage(reading: damaged, Self.seal)
                }
            }
        }
    }

    @Test func foreignBlocksAreNamed() {
        let other = ClusterSeal(array: UUID(low: 1, high: 1))
        var message = ClusterMessage(.remove, argument: 3)
        message.id = MessageID(incarnation: 7, counter: 9)
        #expect(throws: BlockDefect.empty) { _ = try ClusterMessage(reading: .zero, Self.seal) }
        #expect(throws: BlockDefect.otherVersion(0xc2)) {
            _ = try ClusterMessage(
                reading: ClusterReply(.ok, slot: 0, to: message.id, node: 1, incarnation: 7).block(Self.seal), Self.seal)
        }
        #expect(throws: BlockDefect.self) { _ = try ClusterMessage(reading: message.block(other), Self.seal) }
        var unnamed = message
        unnamed.id = .none
        #expect(throws: BlockDefect.senseless) { _ = try ClusterMessage(reading: unnamed.block(Self.seal), Self.seal) }
    }

    /// The bytes of one message, written down by hand from the table.
    @Test func theLayoutIsTheOneThatIsWrittenDown() {
        let uuid = UUID(bytes: (1...16).map { UInt8($0) })
        var message = ClusterMessage(newDisk: uuid, number: 0x0102_0304)
        message.sender = 5
        message.id = MessageID(incarnation: 0xab, counter: 0x01_0203)
        let bytes = message.block(Self.seal).bytes
        #expect(bytes[0..<8] == [0xc1, 2, 1, 5, 0x03, 0x02, 0x01, 0xab])
        #expect(Array(bytes[8..<24]) == uuid.bytes)
        #expect(bytes[24..<28] == [4, 3, 2, 1])
        #expect(message.uuid == uuid)
    }

    @Test func aLookIsReadAsItWasSent() throws {
        let identity = UUID(bytes: (1...16).map { UInt8($0) })
        var message = ClusterMessage(look: identity, mebibytes: 0x0102_0304)
        message.sender = 5
        message.id = MessageID(incarnation: 0xab, counter: 3)
        let block = message.block(Self.seal)
        #expect(block.bytes[0..<4] == [0xc1, 0x7d, 1, 5])
        #expect(Array(block.bytes[8..<24]) == identity.bytes && block.bytes[24..<28] == [4, 3, 2, 1])
        let read = try ClusterMessage(reading: block, Self.seal)
        #expect(read == message && read.kind.isKnown && read.uuid == identity)
    }

    @Test func repliesAndRecordsSurviveTheWire() throws {
        let id = MessageID(incarnation: 1, counter: 2)
        for reason in ReplyReason.allCases {
            let reply = ClusterReply(
                Answer(.nack, reason, code: -5, detail: 1 << 40), slot: 63, to: id, node: 7, incarnation: 255)
            #expect(try ClusterReply(reading: reply.block(Self.seal), Self.seal) == reply)
        }
        var message = ClusterMessage(newDisk: UUID(low: 77, high: 88), number: 4)
        message.id = id
        message.sender = 3
        let intent = IntentRecord(message)
        #expect(try IntentRecord(reading: intent.block(Self.seal), Self.seal) == intent)
        #expect(intent.uuidHead == 77)
        let slot = SlotRecord(slot: 9, isClean: true, incarnation: 4, range: SectorSpan(5, 6))
        #expect(try SlotRecord(reading: slot.block(Self.seal), Self.seal) == slot)
        let farewell = FarewellRecord(slot: 9, incarnation: 4, isDirty: true)
        #expect(try FarewellRecord(reading: farewell.block(Self.seal), Self.seal) == farewell)
    }

    @Test func rangesAreHalfOpen() {
        let range = SectorSpan(100, 200)
        let rows: [(UInt64, UInt64, Bool)] = [
            (0, 100, false), (0, 101, true), (100, 101, true), (150, 160, true), (199, 300, true),
            (200, 300, false), (0, .max, true), (150, 150, false), (160, 150, false),
        ]
        for (low, high, meets) in rows {
            #expect(range.meets(SectorSpan(low, high)) == meets, "\(low)..<\(high)")
        }
        #expect(!SectorSpan.none.meets(.whole))
    }

    @Test func slotSetsWalkUpwards() {
        var set = SlotSet()
        for slot in [63, 0, 7] { set[slot] = true }
        #expect(Array(set) == [0, 7, 63])
        #expect(set.count == 3 && !set[64] && !set[-1])
        set[7] = false
        #expect(Array(set) == [0, 63])
    }

    @Test func locksHaveNamesAndFamilies() {
        #expect(ClusterLock.count(nodes: 2) == 11)
        for slot in [0, 1, 63] {
            #expect(ClusterLock.bitmap(slot).family == .bitmap(slot))
            #expect(ClusterLock.alive(slot).family == .alive(slot))
            #expect(ClusterLock.reply(slot).family == .reply(slot))
        }
        #expect(ClusterLock.bitmap(3).name.description == "bitmap0003")
        #expect(ClusterLock.noNewDevices.name.description == "no-new-dev")
        #expect(!ClusterLock.ack.hasValue && ClusterLock.token.hasValue)
    }
}
