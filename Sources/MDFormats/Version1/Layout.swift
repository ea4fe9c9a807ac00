import MDBytes

extension SuperblockV1 {
    /// The format's one offset table (`struct mdp_superblock_1` of linux/raid/md_p.h).
    enum Layout {
        static let byteCount = 4096
        static let magicNumber: UInt32 = 0xa92b_4efc

        static let magic = Field<UInt32>(at: 0)
        static let major = Field<UInt32>(at: 4)
        static let features = Field<UInt32>(at: 8)
        static let arrayUUID = BytesField(at: 16, count: 16)
        static let name = BytesField(at: 32, count: 32)
        static let creationTime = Field<UInt64>(at: 64)
        static let level = Field<Int32>(at: 72)
        static let layout = Field<UInt32>(at: 76)
        static let size = Field<UInt64>(at: 80)
        static let chunk = Field<UInt32>(at: 88)
        static let raidDisks = Field<UInt32>(at: 92)
        static let bitmapOffset = Field<Int32>(at: 96)
        static let pplOffset = Field<Int16>(at: 96)
        static let pplSize = Field<UInt16>(at: 98)
        static let newLevel = Field<Int32>(at: 100)
        static let reshapePosition = Field<UInt64>(at: 104)
        static let deltaDisks = Field<Int32>(at: 112)
        static let newLayout = Field<UInt32>(at: 116)
        static let newChunk = Field<UInt32>(at: 120)
        static let newOffset = Field<Int32>(at: 124)
        static let dataOffset = Field<UInt64>(at: 128)
        static let dataSize = Field<UInt64>(at: 136)
        static let superOffset = Field<UInt64>(at: 144)
        static let recoveryOffset = Field<UInt64>(at: 152)
        static let deviceNumber = Field<UInt32>(at: 160)
        static let correctedReads = Field<UInt32>(at: 164)
        static let deviceUUID = BytesField(at: 168, count: 16)
        static let deviceFlags = Field<UInt8>(at: 184)
        static let badBlockShift = Field<UInt8>(at: 185)
        static let badBlockSize = Field<UInt16>(at: 186)
        static let badBlockOffset = Field<Int32>(at: 188)
        static let updateTime = Field<UInt64>(at: 192)
        static let events = Field<UInt64>(at: 200)
        static let resyncOffset = Field<UInt64>(at: 208)
        static let checksum = Field<UInt32>(at: 216)
        static let roleCount = Field<UInt32>(at: 220)
        static let roles = 256

        /// The kernel refuses more (super_1_load).
        static let roleLimit = UInt32((byteCount - roles) / 2)

        static func role(_ index: Int) -> Field<UInt16> { Field(at: roles + 2 * index) }
    }
}
