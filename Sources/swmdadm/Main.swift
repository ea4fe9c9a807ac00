internal import Glibc
internal import MDFrontend
internal import MDLinux
internal import MDLocksDLM

/// The composition root: chooses the real kernel, calls the front end, exits.
@main
struct Main {
    static func main() {
        let program = Program(
            kernel: LinuxKernel(),
            console: StandardConsole(),
            cluster: { DLMClusterServices() },
            scanner: { GetoptScanner(arguments: $0) },
            arguments: CommandLine.arguments)
        exit(program.run())
    }
}
