internal import Glibc
internal import MDKernel
internal import MDLinux
internal import MDSimulator

/// Plays histories of clusters: `swmdsim [--seed N] [--count N] [--fault NAME] [--trace]`.
///
/// One line for each history that breaks a rule, and a sum at the end; exit status 1 where one did. With
/// `--fault` that is what is wanted: the first one ends the run.
@main struct Simulator {
    static func main() {
        let console = StandardConsole()
        guard let command = SimulationCommand(CommandLine.arguments.dropFirst()) else {
            console.writeError("usage: swmdsim [--seed N] [--count N] [--fault NAME] [--trace]\n")
            console.writeError("faults: " + PlantedFault.allCases.map(\.rawValue).joined(separator: " ") + "\n")
            exit(2)
        }
        let isGood = command.run { console.writeOutput($0 + "\n") }
        exit(isGood ? 0 : 1)
    }
}
