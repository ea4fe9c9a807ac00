import MDBytes
import MDFrontend
import MDLinux
import MDLocks
import MDSimulator
import Testing

@Suite(.serialized) struct ProgramTests {
    private func run(
        _ words: [String], isRoot: Bool = true
    ) -> (status: Int32, output: String, error: String) {
        var settings = SimulatedKernel.Settings()
        settings.isRoot = isRoot
        let console = ScriptedConsole()
        let program = Program(
            kernel: SimulatedKernel(settings: settings), console: console, cluster: { NoCluster() },
            scanner: { quietScanner($0) }, arguments: words)
        let status = takingTurns { program.run() }
        return (status, console.output, console.error)
    }

    @Test(arguments: [
        ("/sbin/mdadm", "mdadm"), ("mdadm", "mdadm"), ("/usr/sbin/swmdadm", "swmdadm"), ("x", "swmdadm"),
    ])
    func theNameIsTheOneItWasCalledBy(path: String, name: String) {
        #expect(run([path, "-n", "2"]).error.hasPrefix("\(name): -n "))
        #expect(run([path, "--version"]).error.hasPrefix("\(name) - v4.6 - 20"))
        #expect(run([path]).error.hasPrefix("Usage: \(name) --help\n"))
    }

    @Test func versionGoesToStandardError() throws {
        let result = run(["mdadm", "-V"])
        #expect(result.status == 0)
        #expect(result.output.isEmpty)
        #expect(result.error.wholeMatch(of: /mdadm - v[0-9.]+ - \d{4}-\d\d-\d\d - .*\n/) != nil)
    }

    @Test func helpGoesToStandardOutput() {
        let result = run(["mdadm", "--create", "--help"])
        #expect(result.status == 0)
        #expect(result.error.isEmpty)
        #expect(result.output.hasPrefix("Usage: mdadm --create"))
    }

    /// Root is asked for after the line was judged, and not for --examine.
    @Test func rootIsNeeded() {
        #expect(run(["mdadm", "-S", "/dev/md0"], isRoot: false).error.contains("root"))
        #expect(run(["mdadm", "-S", "/dev/md0"], isRoot: false).status == 1)
        #expect(run(["mdadm", "-S"], isRoot: false).status == 2)
        #expect(!run(["mdadm", "-E", "/dev/none"], isRoot: false).error.contains("root"))
        #expect(run(["mdadm", "--version"], isRoot: false).status == 0)
    }
}
