import CMeter
import MDBytes
import MDKernel
import MDLinux

/// Feeds mutated input to whatever reads what others wrote: `swmdfuzz [ROUNDS [SEED [TARGET…]]]`.
///
/// A trap, a report over 64 KiB, a control byte in it or more than 16 MiB of memory for one input ends the run, in an
/// optimised build a second of processor time, too; seed, target and round are printed, and the same seed gives the same
/// input again. So does memory of more than 128 MiB at the end. Told is how many inputs took more than 100 ms, and what
/// the dearest ones took.
@main struct Fuzz {
    #if DEBUG
        /// What is not optimised is not judged by its time.
        private static let mostMilliseconds = UInt64.max
    #else
        private static let mostMilliseconds: UInt64 = 1000
    #endif

    static func main() {
        let words = CommandLine.arguments.dropFirst()
        let numbers = words.compactMap { UInt64($0) }
        let rounds = Int(numbers.first ?? 200_000)
        let seed = numbers.dropFirst().first ?? 1
        let chosen = words.filter { UInt64($0) == nil }
        let console = StandardConsole()
        console.writeOutput("seed \(seed), \(rounds) rounds of each target\n")
        var targets: [any FuzzTarget] = [
            Members(seed: seed), Readers(seed: seed), ConfigurationTexts(seed: seed), CommandLines(seed: seed),
            SmallFiles(seed: seed), Archives(seed: seed), Packets(seed: seed), Copies(seed: seed),
        ]
        for index in targets.indices where chosen.isEmpty || chosen.contains(targets[index].name) {
            run(&targets[index], rounds: rounds, seed, console)
        }
        let peak = peakKiB()
        console.writeOutput("\(peak) KiB of memory at most\n")
        if peak >= 128 << 10 { fail("more than 128 MiB", console) }
    }

    /// Tells what was found, which a trap of an optimised build does not, and ends.
    private static func fail(_ finding: String, _ console: StandardConsole) -> Never {
        console.writeOutput(finding + "\n")
        fatalError("harm was done")
    }

    /// The most memory this process had, by /proc/self/status.
    private static func peakKiB() -> Int {
        let status = (try? LinuxKernel().read(file: "/proc/self/status", limit: 65536)) ?? []
        let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
        let line = lines.first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } } ?? 0
    }

    private static func run(_ target: inout any FuzzTarget, rounds: Int, _ seed: UInt64, _ console: StandardConsole) {
        var understood = 0
        var slow = 0
        var (longest, largest) = (UInt64(0), 0)
        for round in 0..<rounds {
            let start = meter_processor_time()
            meter_begin()
            let text = target.run(round)
            let size = meter_peak_bytes()
            let milliseconds = (meter_processor_time() - start) / 1_000_000
            if size > 16 << 20 || milliseconds >= mostMilliseconds {
                fail("seed \(seed) \(target.name) round \(round): \(size) bytes, \(milliseconds) ms", console)
            }
            longest = max(longest, milliseconds)
            largest = max(largest, size)
            if milliseconds > 100 { slow += 1 }
            guard let text else { continue }
            understood += 1
            let isClean = text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isHostileToTerminals }
            if text.utf8.count > 65536 || !isClean {
                let start = text.prefix(600).debugDescription
                fail("seed \(seed) \(target.name) round \(round): \(text.utf8.count) bytes: \(start)", console)
            }
        }
        console.writeOutput(
            "\(target.name): \(rounds) inputs, \(understood) understood, at most \(longest) ms (\(slow) over 100 ms) and "
                + "\(largest >> 10) KiB, no harm\n")
    }
}

/// Something that reads what others wrote.
protocol FuzzTarget {
    var name: String { get }
    /// Makes an input, has it read, and returns all that would be printed of it; nil where it was not understood.
    mutating func run(_ round: Int) -> String?
}
