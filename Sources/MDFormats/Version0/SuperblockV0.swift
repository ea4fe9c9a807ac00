package import MDBytes

/// A superblock of metadata 0.90 (`mdp_super_t` of linux/raid/md_p.h): 1024 words in the byte order of the host
/// that wrote it.
///
/// Made from 4096 bytes, it is only known to have md's magic: nothing else in it is checked.
package struct SuperblockV0: Hashable, Sendable {
    /// The words in this host's order.
    var words: [UInt32]
    /// How they lie on the disk.
    package internal(set) var order: ByteOrder

    package static let byteCount = 4096
    /// What is kept free for it and its bitmap, in bytes.
    package static let reservedBytes = 65536
    /// What of that is the bitmap's, in bytes: it lies right behind the superblock.
    package static let bitmapBytes = UInt64(reservedBytes - byteCount)
    /// 4 TiB: what is behind that on a device is out of reach.
    package static let largestDevice = Sectors(1 << 33)
    /// Rows of the table of disks.
    package static let diskLimit = 27

    /// How the words lie on the disk.
    package enum ByteOrder: Hashable, Sendable {
        case little, big

        /// This host's own.
        package static let host: ByteOrder = 1.littleEndian == 1 ? .little : .big
        /// The order that hosts of the other kind write.
        package static let foreign: ByteOrder = host == .little ? .big : .little
    }

    /// Where the superblock lies on a device: the last whole 64 KiB but what is left of them. Nil where the
    /// device is too small.
    package static func location(onDeviceOf size: Sectors) -> Sectors? {
        let whole = size.rawValue / 128 * 128
        return whole >= 128 ? Sectors(whole - 128) : nil
    }

    /// Where its bitmap begins, right behind it; nil where it has none.
    package func bitmapPlace(onDeviceOf size: Sectors) -> Sectors? {
        Self.location(onDeviceOf: size).flatMap(bitmapPlace(at:))
    }

    /// The same where it lies at `place` itself.
    package func bitmapPlace(at place: Sectors) -> Sectors? {
        state.contains(.bitmapPresent) ? place.adding(Sectors(UInt64(Self.byteCount / 512))) : nil
    }

    /// A superblock in either order, of a version that can be read.
    package static func any(reading block: [UInt8]) -> SuperblockV0? {
        let found = SuperblockV0(reading: block, order: .host) ?? SuperblockV0(reading: block, order: .foreign)
        return found.flatMap { $0.majorVersion == 0 ? $0 : nil }
    }

    /// Reads a block; nil where it is too short or the magic is not there in this order.
    package init?(reading block: [UInt8], order: ByteOrder = .host) {
        guard block.count >= Self.byteCount, Self.magic(of: block, order: order) == SuperblockV1.Layout.magicNumber
        else { return nil }
        self.order = order
        words = (0..<Self.byteCount / 4).map { Self.word($0, of: block, order) }
        // The format puts the high half of a 64-bit number where the host has it.
        if order == .big {
            for pair in Word.halves { words.swapAt(pair, pair + 1) }
        }
    }

    /// The word where the magic would be; 0 where the block is too short.
    package static func magic(of block: [UInt8], order: ByteOrder) -> UInt32 {
        block.count >= 4 ? word(Word.magic, of: block, order) : 0
    }

    private static func word(_ index: Int, of block: [UInt8], _ order: ByteOrder) -> UInt32 {
        let word = block[Field<UInt32>(at: 4 * index)]
        return order == .little ? word : word.byteSwapped
    }

    /// Indices of words.
    enum Word {
        static let magic = 0
        static let eventsLow = 39
        static let checkpointLow = 41
        static let reshapeLow = 44
        /// Low words whose high one follows on hosts of this kind, and goes before it on others. The position of
        /// a reshape is such a pair, too, but mdadm takes its words as they come.
        static let halves = [eventsLow, checkpointLow]
        static let checksum = 38
        static let disks = 128
        static let descriptor = 32
        static let ownDisk = 992
    }
}

extension SuperblockV0 {
    package var majorVersion: UInt32 { words[1] }
    package var minorVersion: UInt32 { words[2] }
    package var patchVersion: UInt32 { words[3] }
    /// The array's uuid as it prints: four words as numbers, one before minor version 90.
    package var uuidWords: [UInt32] {
        minorVersion < 90 ? [words[5]] : [words[5], words[13], words[14], words[15]]
    }
    /// The same as bytes with the least significant of each word first, which is how the map file knows arrays.
    package var arrayUUID: UUID {
        UUID(bytes: uuidWords.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } })
    }
    /// Seconds since the epoch.
    package var creationTime: UInt32 { words[6] }
    package var level: Int32 { Int32(bitPattern: words[7]) }
    /// KiB that each member gives to the array.
    package var size: UInt32 { words[8] }
    /// Disks in the set, spares included.
    package var diskCount: UInt32 { words[9] }
    package var raidDisks: UInt32 { words[10] }
    package var preferredMinor: UInt32 { words[11] }
    package var isNotPersistent: Bool { words[12] != 0 }
    /// Seconds since the epoch.
    package var updateTime: UInt32 { words[32] }
    package var state: State {
        get { State(rawValue: words[33]) }
        set { words[33] = newValue.rawValue }
    }
    package var activeDisks: UInt32 { words[34] }
    package var workingDisks: UInt32 { words[35] }
    package var failedDisks: UInt32 { words[36] }
    package var spareDisks: UInt32 { words[37] }
    package var checksum: UInt32 { words[Word.checksum] }
    package var events: UInt64 { double(at: Word.eventsLow) }
    /// Sectors of the array that a reshape has done; of minor version 91 only, as all about the reshape.
    package var reshapePosition: UInt64 { double(at: Word.reshapeLow) }
    package var newLevel: Int32 { Int32(bitPattern: words[46]) }
    package var deltaDisks: Int32 { Int32(bitPattern: words[47]) }
    package var newLayout: UInt32 { words[48] }
    /// Bytes.
    package var newChunk: UInt32 { words[49] }
    package var layout: UInt32 { words[64] }
    /// Bytes.
    package var chunk: UInt32 { words[65] }

    /// Whether another member says the same of the array: all that the driver calls constant, but the number of disks,
    /// the preferred minor and whether it is persistent. What differs otherwise is of another array, or of one that was
    /// made anew over this one.
    package func describesSameArray(as other: SuperblockV0) -> Bool {
        arrayUUID == other.arrayUUID && raidDisks == other.raidDisks && words[1...4] == other.words[1...4]
            && words[6...8] == other.words[6...8]
    }

    package var isReshaping: Bool { minorVersion >= 91 }

    /// The disk that this superblock is on.
    package var ownDisk: Disk { disk(at: Word.ownDisk) }

    /// A row of the table; nil for one that it has no room for.
    package func disk(of number: Int) -> Disk? {
        guard (0..<Self.diskLimit).contains(number) else { return nil }
        return disk(at: Word.disks + Word.descriptor * number)
    }

    /// How many slots the array loses by its reshape.
    package var leavingDisks: UInt32 { isReshaping && deltaDisks < 0 ? deltaDisks.magnitude : 0 }

    /// Its own disk and the rows that a report shows: one for each slot and spare, as far as there is room.
    package var shownDisks: [Disk] {
        let count = Int32(bitPattern: raidDisks &+ spareDisks &+ leavingDisks)
        // Its own disk counts as row -1.
        guard count >= 0 else { return [] }
        return [ownDisk] + (0..<min(Int(count), Self.diskLimit)).compactMap(disk(of:))
    }

    /// The sum of all words with the checksum as zero, folded once.
    package var computedChecksum: UInt32 {
        var sum: UInt64 = 0
        for (index, word) in words.enumerated() where index != Word.checksum { sum += UInt64(word) }
        return UInt32(truncatingIfNeeded: (sum & 0xffff_ffff) + sum >> 32)
    }

    package var isChecksumCorrect: Bool { checksum == computedChecksum }

    private func double(at low: Int) -> UInt64 { UInt64(words[low + 1]) << 32 | UInt64(words[low]) }

    private func disk(at first: Int) -> Disk {
        Disk(
            number: words[first], major: words[first + 1], minor: words[first + 2],
            raidDisk: words[first + 3], state: DiskState(rawValue: words[first + 4]))
    }

    /// A row of the table of disks.
    package struct Disk: Hashable, Sendable {
        package let number: UInt32
        package let major: UInt32
        package let minor: UInt32
        /// The slot.
        package let raidDisk: UInt32
        package let state: DiskState

        package var device: DeviceNumber { DeviceNumber(major: major, minor: minor) }
    }

    /// MD_SB_… bits.
    package struct State: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let clean = State(rawValue: 1)
        package static let bitmapPresent = State(rawValue: 1 << 8)
    }

    /// MD_DISK_… bits.
    package struct DiskState: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let faulty = DiskState(rawValue: 1)
        package static let active = DiskState(rawValue: 1 << 1)
        package static let sync = DiskState(rawValue: 1 << 2)
        package static let removed = DiskState(rawValue: 1 << 3)
        package static let writeMostly = DiskState(rawValue: 1 << 9)
        package static let failfast = DiskState(rawValue: 1 << 10)
    }
}
