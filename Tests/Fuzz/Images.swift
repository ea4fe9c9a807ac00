import MDBytes
import MDFormats
import MDFrontend
import MDKernel
import MDOperations
import MDSimulator

/// A disk whose superblocks are changed each round.
struct MutatedDisk {
    let kernel = SimulatedKernel.withDisks(1, size: ByteCount(64 << 20))
    private var mutator: Mutator
    private let goldens = Mutator.members()
    private let elder = Mutator.elder()
    private let nothing = [UInt8](repeating: 0, count: 8192)

    init(seed: UInt64) { mutator = Mutator(seed: seed) }

    /// Every fifth is of metadata 0.90.
    mutating func change(_ round: Int) {
        guard let disk = kernel.disk("sda") else { return }
        let isElder = round % 5 == 0
        let front = isElder ? nothing : mutator.mutate(goldens[round % goldens.count])
        disk.write(front, at: .zero, durably: true)
        let back = isElder ? mutator.mutate(elder: elder) : nothing
        disk.write(back, at: ByteCount((64 << 20) - 65536), durably: true)
    }
}

/// `--examine` in every form.
struct Members: FuzzTarget {
    let name = "members"
    private var disk: MutatedDisk
    private let examiner: Examiner<SimulatedKernel>
    private let report: ExamineReport

    init(seed: UInt64) {
        disk = MutatedDisk(seed: seed)
        let kernel = disk.kernel
        examiner = Examiner(kernel: kernel, format: .any)
        report = ExamineReport(Surroundings(homeHost: "sim") { kernel.localTime($0) })
    }

    mutating func run(_ round: Int) -> String? {
        disk.change(round)
        return examiner.examine(["/dev/sda"]).compactMap(text).reduce(nil) { ($0 ?? "") + $1 }
    }

    /// Every rendering of a superblock, one after the other; nil where there is none.
    private func text(_ facts: ExamineFacts) -> String? {
        var brief = ExamineBrief(verbose: true)
        switch facts.answer {
        case .version0(let found):
            brief.add(path: facts.path, .version0(found.superblock))
            return report.text(path: facts.path, found) + ExamineExport.text(found.superblock) + brief.text
        case .version1(let found, _):
            brief.add(path: facts.path, .version1(found.superblock))
            return report.text(path: facts.path, found) + ExamineExport.text(found) + brief.text
        default: return nil
        }
    }
}

/// The other verbs that read a member, as whole command lines.
struct Readers: FuzzTarget {
    let name = "readers"
    private var disk: MutatedDisk
    private static let lines = [
        "--query /dev/sda", "--examine-bitmap /dev/sda", "--examine-badblocks /dev/sda",
        "--zero-superblock --dry-run /dev/sda", "--assemble --dry-run /dev/md0 /dev/sda",
        "--dump=/tmp --dry-run /dev/sda", "--examine --scan",
    ]

    init(seed: UInt64) { disk = MutatedDisk(seed: seed) }

    mutating func run(_ round: Int) -> String? {
        disk.change(round)
        let words = Self.lines[round % Self.lines.count].split(separator: " ").map(String.init)
        let console = MemoryConsole()
        let program = Program(
            kernel: disk.kernel, console: console, cluster: { NoCluster() }, scanner: { WordsAsTheyAre($0) },
            arguments: ["mdadm"] + words)
        _ = program.run()
        return console.output + console.error
    }
}
