import Contracts
import Glibc
import MDBytes
import MDLinux
import MDLocks
import MDLocksDLM

/// Runs the contracts of lock managers on the kernel's DLM, on three nodes of a running cluster.
///
///     node 2, 3:  swmdcontract lock-agent LOCKSPACE PORT
///     node 1:     swmdcontract locks LOCKSPACE ADDRESS:PORT ADDRESS:PORT [--death] [WORDS of names…]
///                 swmdcontract locks --list-deaths
///
/// With `--death` the one contract that is named ends node 3, as a power cut would.
/// `SWMDCONTRACT_SEEDS=5-40` runs random histories of those seeds and nothing else.
enum LockRunner {
    static func main(_ arguments: [String]) {
        let console = StandardConsole()
        do {
            if arguments.first == "lock-agent", arguments.count == 3, let port = UInt16(arguments[2]) {
                try LockAgent(lockspace: arguments[1]).serve(port: port)
            } else if arguments == ["locks", "--list-deaths"] {
                for contract in LockContract.all where contract.needsDeath {
                    console.writeOutput(contract.name + "\n")
                }
            } else if arguments.first == "locks", arguments.count >= 4 {
                exit(try run(arguments, console) ? 0 : 1)
            } else {
                throw Trouble("usage: see Tests/ContractRunner/LockRunner.swift")
            }
        } catch {
            console.writeOutput("swmdcontract: \(error)\n")
            exit(2)
        }
    }

    private static func run(_ arguments: [String], _ console: StandardConsole) throws -> Bool {
        let lockspace = arguments[1]
        let agents = Array(arguments[2...3])
        let isDeath = arguments.contains("--death")
        let words = arguments.dropFirst(4).filter { $0 != "--death" }
        let resident = try DLMLockManager(lockspace: lockspace)
        defer { resident.close() }
        let clock = LinuxKernel()
        var passed = 0
        var failed = 0
        let seeds = LinuxKernel().environment("SWMDCONTRACT_SEEDS").flatMap(seeds)
        let contracts = seeds.map { $0.map { LockContract.history(seed: $0) } } ?? LockContract.all
        for (number, contract) in contracts.enumerated() where contract.needsDeath == isDeath {
            guard words.isEmpty || words.contains(where: { contract.name.contains($0) }) else { continue }
            let started = clock.now()
            let bench = LockBench(
                prefix: "c\(number)", patience: Milliseconds(isDeath ? 120_000 : 15_000), quiet: Milliseconds(400),
                settling: Milliseconds(20),
                now: { clock.now() }, wait: { clock.pause($0) },
                join: {
                    if $0 == 1 { return try DLMLockManager(lockspace: lockspace) }
                    return try RemoteLockManager(agents[$0 - 2])
                },
                kill: { try RemoteLockManager(agents[$0 - 2]).killNode() })
            do {
                try contract.run(on: bench)
                passed += 1
                console.writeOutput("\(contract.name): passed (\(clock.now().since(started).rawValue) ms)\n")
            } catch {
                failed += 1
                console.writeOutput("\(contract.name): failed: \(error)\n")
            }
        }
        console.writeOutput("\(passed) passed, \(failed) failed\n")
        return failed == 0 && passed > 0
    }

    /// `5-40`
    private static func seeds(_ text: String) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-").compactMap { Int($0) }
        return ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil
    }
}
