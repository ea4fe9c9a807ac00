import MDBytes
import MDFrontend
import MDKernel
import MDModel
import MDSimulator

/// Text in the making: pieces that mean something, cut, doubled and mixed with bytes that do not.
struct TextMutator {
    var dice: SeededGenerator
    let pieces: [[UInt8]]

    init(seed: UInt64, _ pieces: [String]) {
        dice = SeededGenerator(seed: seed)
        self.pieces = pieces.map { Array($0.utf8) }
    }

    mutating func below(_ limit: Int) -> Int { Int(dice.next() % UInt64(max(limit, 1))) }

    mutating func text() -> [UInt8] {
        var text: [UInt8] = []
        for _ in 0..<1 + below(24) {
            switch below(8) {
            case 0: text.append(UInt8(truncatingIfNeeded: dice.next()))
            case 1: text += [UInt8](repeating: UInt8(truncatingIfNeeded: dice.next()), count: below(300))
            case 2: text += Array("\(dice.next())".utf8)
            default: text += pieces[below(pieces.count)]
            }
        }
        if below(4) == 0, !text.isEmpty { text.removeLast(below(text.count)) }
        return text
    }
}

/// mdadm.conf, with the words for what makes no sense in it.
struct ConfigurationTexts: FuzzTarget {
    let name = "configuration"
    private var mutator: TextMutator

    init(seed: UInt64) {
        mutator = TextMutator(seed: seed, [
            "\n", "\n", "\n ", " ", " ", "\t", "#", "'", "\"", "DEVICE", "ARRAY", "CREATE", "AUTO", "POLICY",
            "PART-POLICY", "SYSFS", "HOMEHOST",
            "HOMECLUSTER", "MAILADDR", "MONITORDELAY", "/dev/md0", "/dev/md/", "<ignore>", "<system>", "uuid=",
            "UUID=00112233:44556677:8899aabb:ccddeeff", "name=", "devices=", "level=", "raid5", "num-devices=",
            "spares=", "super-minor=", "metadata=", "1.2", "0.90", "container=", "member=", "bitmap=", "/dev/*",
            "partitions", "containers", "+1.x", "-all", "homehost", "owner=", "mode=0660", "names=yes", "path=",
            "action=", "re-add", "auto=", "yes", "type=", "part", "=", "[a-z", "**", "?", "devices", "arr", "u",
        ])
    }

    mutating func run(_ round: Int) -> String? {
        var configuration = Configuration()
        configuration.read(mutator.text())
        for path in configuration.arrays.compactMap(\.path) { _ = Configuration.comparableName(path) }
        _ = UdevRules.lines(for: configuration.policies, program: "mdadm")
        let disk = DevicePolicy.Disk(places: ["pci-0000:00:03.0"], isPartition: round % 2 == 0, format: .version1)
        _ = DevicePolicy.action(for: disk, by: configuration.policies)
        _ = DevicePolicy.allowsAssembly(of: disk, isLocal: true, by: configuration.policies)
        return configuration.complaints.flatMap(\.messages).map(\.text).joined(separator: "\n")
    }
}

/// Options, arguments and operands as getopt would hand them out.
struct CommandLines: FuzzTarget {
    let name = "options"
    private var mutator: TextMutator

    init(seed: UInt64) {
        mutator = TextMutator(seed: seed, [
            "1", "2", "4K", "max", "-1", "raid1", "raid5", "10", "n2", "internal", "clustered", "none", "1.2", "0.90",
            "name", "missing", "/dev/md0", "/dev/sda", "00112233:44556677:8899aabb:ccddeeff", ":", "=", ",",
            "variable", "resync", "/dev/md/", "md_d", "\u{1b}", "99999999999999999999",
        ])
    }

    mutating func run(_ round: Int) -> String? {
        var parser = Parser(RandomWords(mutator: mutator))
        mutator.dice = SeededGenerator(seed: mutator.dice.next())
        let outcome = parser.parse()
        var texts = parser.notes.map(\.text)
        if case .ended(let status, let messages) = outcome {
            precondition((0...2).contains(status) && !messages.isEmpty, "a refusal without a word")
            texts += messages.map(\.text)
        }
        return texts.joined(separator: "\n")
    }
}

/// A scanner that makes its words up.
struct RandomWords: WordScanner {
    var mutator: TextMutator
    private var left = 8

    init(mutator: TextMutator) { self.mutator = mutator }

    mutating func next(short: String, long: [LongOption]) -> ScannedWord {
        left -= 1
        guard left > 0 else { return .end }
        let word = String(decoding: mutator.text().prefix(5000), as: UTF8.self)
        guard mutator.below(4) > 0, !long.isEmpty else { return .operand(word) }
        let row = long[mutator.below(long.count)]
        let hasArgument = row.argument == .required || row.argument == .optional && mutator.below(2) == 0
        return .option(code: row.code, argument: hasArgument ? word : nil)
    }
}

/// /proc/mdstat, the map file, globs.
struct SmallFiles: FuzzTarget {
    let name = "files"
    private var mutator: TextMutator

    init(seed: UInt64) {
        mutator = TextMutator(seed: seed, [
            "\n", "\n", " ", " ", "Personalities : [raid1]\n", "md127 : active raid1 sdb[1] sda[0]\n",
            "      1000 blocks super 1.2 [2/2] [UU]\n",
            "      [==>..]  resync = 12.6% (37043392/292945152) finish=127.5min speed=33440K/sec\n",
            "unused devices: <none>\n", "(F)", "[", "]", "md127 1.2 00112233:44556677:8899aabb:ccddeeff /dev/md/x\n",
            "external:/md0/0", "resync=PENDING", "*", "?", "[a-", "\\",
        ])
    }

    mutating func run(_ round: Int) -> String? {
        let text = String(decoding: mutator.text(), as: UTF8.self)
        _ = Mdstat(text)
        _ = ArrayMap(reading: text)
        _ = Glob(text.prefix(200)).matches("/dev/disk/by-id/ata-1")
        return ""
    }
}
