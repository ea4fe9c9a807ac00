internal import MDBytes
internal import MDModel

/// What was collected from a command line, before it is judged as a whole.
struct Line {
    /// An operand and what was in force where it stood.
    struct Operand {
        var word: String
        var action: OptionID?
        var isWriteMostly: Bool?
        var isFailfast: Bool?
        var isJournal = false

        var device: DeviceOperand {
            var device = DeviceOperand(path: word, isWriteMostly: isWriteMostly, isFailfast: isFailfast)
            device.isJournal = isJournal
            return device
        }
    }

    var mode = Mode.start
    var common = CommonOptions()
    var operands: [Operand] = []
    /// The action that the next operand is for.
    var action: OptionID?
    var isWriteMostly: Bool?
    var isFailfast: Bool?
    var help: HelpTopic?

    var level: Level?
    /// How the level was spelt.
    var levelWord = ""
    var layout: String?
    var raidDevices: Int?
    var spareDevices: Int?
    var chunkKiB: UInt64?
    var size: SizeChoice?
    var arraySize: SizeChoice?
    var dataOffset: DataOffset?
    var bitmap = BitmapChoice.unspecified
    var bitmapChunk: ByteCount?
    var delay: Int?
    var writeBehind: UInt32?
    /// The device of `--write-journal`, which is among the operands as well once there is an array before it.
    var journal: String?
    var assumeClean = false
    var policy: String?
    var logicalBlockSize: Int64?
    var writesZeroes = false
    /// Arrays that `--destroy` names.
    var destroyed: [UUID] = []
    var name: String?
    var uuid: UUID?
    var nodes: Int?
    var update: String?
    var superMinor: Int?
    var takesMinorFromNode = false
    var noDegraded = false
    var backupFile: String?
    var invalidBackup = false
    var subarray: String?
    var syncAction: String?
    var directory: String?
    /// `--udev-rules=`
    var rulesFile: String?
    var start = false
    var stop = false
    var slot: Int?
    var timeout: Int?
    var wait: Int?
    /// `--follow` of `--resync`.
    var follows = false
    /// Mail, program, pid file: the first one counts.
    var monitorValues: Set<OptionID> = []
    /// What was understood but does nothing yet, as spelt.
    var unsupported: [String] = []

    enum DataOffset {
        case all(Sectors)
        /// `variable`: an offset with each device.
        case perDevice
    }
}
