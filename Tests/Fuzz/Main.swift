import MDBytes
import MDFormats
import MDFrontend
import MDKernel
import MDLinux
import MDOperations
import MDSimulator

/// Feeds mutated members to the reader, the facts and every rendering: `swmdfuzz [ROUNDS [SEED]]`.
///
/// A trap, a report over 64 KiB or a control byte in it ends the run; seed and round are printed, and the
/// same seed gives the same images again.
@main struct Fuzz {
    static func main() {
        let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
        let rounds = Int(numbers.first ?? 200_000)
        let seed = numbers.dropFirst().first ?? 1
        let console = StandardConsole()
        console.writeOutput("seed \(seed), \(rounds) rounds\n")
        let kernel = SimulatedKernel.withDisks(1, size: ByteCount(64 << 20))
        guard let disk = kernel.disk("sda") else { return }
        let elderPlace = ByteCount((64 << 20) - 65536)
        let nothing = [UInt8](repeating: 0, count: 8192)
        let examiner = Examiner(kernel: kernel, format: .any)
        let report = ExamineReport(Surroundings(homeHost: "sim") { kernel.localTime($0) })
        var mutator = Mutator(seed: seed)
        let goldens = Mutator.members()
        let elder = Mutator.elder()
        var shown = 0
        for round in 0..<rounds {
            // Every fifth is of metadata 0.90.
            let isElder = round % 5 == 0
            disk.write(isElder ? nothing : mutator.mutate(goldens[round % goldens.count]), at: .zero, durably: true)
            disk.write(isElder ? mutator.mutate(elder: elder) : nothing, at: elderPlace, durably: true)
            for facts in examiner.examine(["/dev/sda"]) {
                guard let text = text(facts, report) else { continue }
                shown += 1
                let isClean = text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isHostileToTerminals }
                precondition(text.utf8.count <= 65536 && isClean, "seed \(seed) round \(round)")
            }
        }
        console.writeOutput("\(rounds) images, \(shown) of them shown, no harm\n")
    }

    /// Every rendering of a superblock, one after the other; nil where there is none.
    private static func text(_ facts: ExamineFacts, _ report: ExamineReport) -> String? {
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
