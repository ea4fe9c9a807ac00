import MDBytes
import MDLocks
import Testing

@Suite struct ValueBlockTests {
    @Test func bytesComeBack() {
        let bytes = (0..<32).map { UInt8($0 * 7 % 256) }
        let block = ValueBlock(bytes)
        #expect(block.bytes == bytes)
        #expect((0..<32).map { block[$0] } == bytes)
    }

    @Test func shortIsFilledUpAndLongIsCut() {
        #expect(ValueBlock([1, 2]).bytes == [1, 2] + [UInt8](repeating: 0, count: 30))
        #expect(ValueBlock([UInt8](repeating: 9, count: 40)).bytes == [UInt8](repeating: 9, count: 32))
        #expect(ValueBlock([]) == .zero)
    }

    /// Fields lie as in an array of bytes.
    @Test(arguments: 0...24) func fieldsAreLittleEndian(offset: Int) {
        let field = Field<UInt64>(at: offset)
        var block = ValueBlock(repeatElement(0xee, count: 32))
        var bytes = block.bytes
        block[field] = 0x0123_4567_89ab_cdef
        bytes[field] = 0x0123_4567_89ab_cdef
        #expect(block.bytes == bytes)
        #expect(block[field] == 0x0123_4567_89ab_cdef)
    }

    @Test func equalBlocksHashEqually() {
        let one = ValueBlock(1...32)
        var other = ValueBlock(1...32)
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        other[31] = 0
        #expect(one != other)
    }
}

@Suite struct ResourceNameTests {
    @Test func familiesAreWrittenAsMdClusterDoes() {
        #expect(ResourceName("bitmap", 3).description == "bitmap0003")
        #expect(ResourceName("reply", 12345).description == "reply12345")
    }

    @Test(arguments: [(0, false), (1, true), (64, true), (65, false)])
    func lengths(count: Int, isName: Bool) {
        #expect((ResourceName([UInt8](repeating: 65, count: count)) != nil) == isName)
    }
}

@Suite struct LockModeTests {
    /// The matrix as the DLM's documentation has it.
    @Test func compatibility() {
        let expected: [LockMode: [LockMode]] = [
            .null: LockMode.allCases,
            .concurrentRead: [.null, .concurrentRead, .concurrentWrite, .protectedRead, .protectedWrite],
            .concurrentWrite: [.null, .concurrentRead, .concurrentWrite],
            .protectedRead: [.null, .concurrentRead, .protectedRead],
            .protectedWrite: [.null, .concurrentRead],
            .exclusive: [.null],
        ]
        for mode in LockMode.allCases {
            #expect(LockMode.allCases.filter(mode.isCompatible) == expected[mode])
        }
    }
}
