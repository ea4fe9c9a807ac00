import Contracts
import MDKernel
import MDLinux

/// Runs the contracts on the real kernel: `swmdcontract DISK DISK DISK DISK [DISK…]`.
///
/// The disks are overwritten. It belongs into a lab guest, as root, with md_mod loaded and udev's queue
/// stopped so that nothing assembles behind its back. `swmdcontract locks` is for lock managers: see LockRunner.
@main struct ContractRunner {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == "locks" || arguments.first == "lock-agent" {
            LockRunner.main(arguments)
        } else {
            runKernelContracts()
        }
    }

    private static func runKernelContracts() {
        let console = StandardConsole()
        let kernel = LinuxKernel()
        let disks = CommandLine.arguments.dropFirst().filter { $0.hasPrefix("/") }
        let words = CommandLine.arguments.dropFirst().filter { !$0.hasPrefix("/") }
        var passed = 0
        var failed = 0
        var skipped = 0
        for contract in Contract<LinuxKernel>.all {
            guard words.isEmpty || words.contains(where: { contract.name.contains($0) }) else { continue }
            guard disks.count >= 4, kernel.isRoot() else {
                console.writeOutput("\(contract.name): skipped: needs root and four disks\n")
                skipped += 1
                continue
            }
            do {
                try contract.run(on: Bench(kernel: kernel, disks: Array(disks)))
                console.writeOutput("\(contract.name): passed\n")
                passed += 1
            } catch {
                console.writeOutput("\(contract.name): failed: \(error)\n")
                failed += 1
            }
        }
        console.writeOutput("\(passed) passed, \(failed) failed, \(skipped) skipped\n")
    }
}
