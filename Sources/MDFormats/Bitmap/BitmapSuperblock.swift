package import MDBytes

/// The 256-byte header of a write-intent bitmap (`struct bitmap_super_s` of the kernel).
///
/// Held as its bytes, like every format of ours. Sizes are sectors, `chunk` is bytes.
package struct BitmapSuperblock: Hashable, Sendable {
    package private(set) var image: [UInt8]

    /// The offset table.
    enum Layout {
        static let byteCount = 256
        static let magicNumber: UInt32 = 0x6d74_6962

        static let magic = Field<UInt32>(at: 0)
        static let version = Field<UInt32>(at: 4)
        static let uuid = BytesField(at: 8, count: 16)
        static let events = Field<UInt64>(at: 24)
        static let eventsCleared = Field<UInt64>(at: 32)
        static let syncSize = Field<UInt64>(at: 40)
        static let state = Field<UInt32>(at: 48)
        static let chunk = Field<UInt32>(at: 52)
        static let daemonSleep = Field<UInt32>(at: 56)
        static let writeBehind = Field<UInt32>(at: 60)
        static let sectorsReserved = Field<UInt32>(at: 64)
        static let nodes = Field<UInt32>(at: 68)
        static let clusterName = BytesField(at: 72, count: 64)
    }

    package static let byteCount = Layout.byteCount
    package static let clusterNameBytes = 64

    /// The first 256 bytes of `block` as a header, right magic or not (mdadm shows those too);
    /// nil where `block` is too short.
    package init?(reading block: [UInt8]) {
        guard block.count >= Layout.byteCount else { return nil }
        image = Array(block.prefix(Layout.byteCount))
    }

    /// An empty header with the right magic.
    package init(version: UInt32) {
        image = [UInt8](repeating: 0, count: Layout.byteCount)
        image[Layout.magic] = Layout.magicNumber
        image[Layout.version] = version
    }

    package var hasMagic: Bool { magic == Layout.magicNumber }
    package var magic: UInt32 { image[Layout.magic] }
    /// Of a lockless bitmap, which has a byte for each chunk; kernels know it since 6.18.
    package static let locklessVersion: UInt32 = 6
    /// The driver is to make the bitmap when it first starts the array (BITMAP_FIRST_USE).
    package static let firstUse: UInt32 = 1 << 3
    /// All members are alike already when it does (BITMAP_CLEAN).
    package static let alike: UInt32 = 1 << 4

    package var isLockless: Bool { hasMagic && version == Self.locklessVersion }
    /// 4 ordinary, 5 clustered, 6 lockless, 3 host-endian.
    package var version: UInt32 {
        get { image[Layout.version] }
        set { image[Layout.version] = newValue }
    }
    package var uuid: UUID {
        get { UUID(bytes: image[Layout.uuid]) }
        set { image[Layout.uuid] = newValue.bytes }
    }
    package var events: UInt64 {
        get { image[Layout.events] }
        set { image[Layout.events] = newValue }
    }
    package var eventsCleared: UInt64 {
        get { image[Layout.eventsCleared] }
        set { image[Layout.eventsCleared] = newValue }
    }
    /// Sectors the bitmap covers.
    package var syncSize: Sectors {
        get { Sectors(image[Layout.syncSize]) }
        set { image[Layout.syncSize] = newValue.rawValue }
    }
    package var state: UInt32 {
        get { image[Layout.state] }
        set { image[Layout.state] = newValue }
    }
    /// Bytes one bit stands for.
    package var chunk: UInt32 {
        get { image[Layout.chunk] }
        set { image[Layout.chunk] = newValue }
    }
    /// Seconds between flushes.
    package var daemonSleep: UInt32 {
        get { image[Layout.daemonSleep] }
        set { image[Layout.daemonSleep] = newValue }
    }
    package var writeBehind: UInt32 {
        get { image[Layout.writeBehind] }
        set { image[Layout.writeBehind] = newValue }
    }
    package var sectorsReserved: UInt32 {
        get { image[Layout.sectorsReserved] }
        set { image[Layout.sectorsReserved] = newValue }
    }
    /// Slots of a clustered bitmap; 0 for an ordinary one.
    package var nodes: UInt32 {
        get { image[Layout.nodes] }
        set { image[Layout.nodes] = newValue }
    }
    /// The cluster's name up to its first NUL; hostile until escaped.
    package var clusterName: [UInt8] {
        get { Array(image[Layout.clusterName].prefix { $0 != 0 }) }
        set { image[Layout.clusterName] = newValue }
    }

    /// How many bits the header asks for; nil where its chunk size is zero.
    package var bitCount: UInt64? {
        let chunkSectors = UInt64(chunk) / 512
        guard chunkSectors > 0 else { return nil }
        let (quotient, remainder) = syncSize.rawValue.quotientAndRemainder(dividingBy: chunkSectors)
        return quotient + (remainder > 0 ? 1 : 0)
    }

    /// What one area takes on a member; nil without md's magic or where the header cannot be true.
    package var areaSize: Sectors? {
        if isLockless { return Sectors(UInt64(sectorsReserved)) }
        guard hasMagic, let bits = bitCount, bits <= 1 << 34 else { return nil }
        return Sectors(Self.areaBytes(bits: bits) / 512)
    }

    /// The bytes that one node's bitmap with this many bits occupies: header and bits in whole 4 KiB.
    package static func areaBytes(bits: UInt64) -> UInt64 {
        ((bits + 7) / 8 + UInt64(Layout.byteCount) + 4095) / 4096 * 4096
    }
}
