internal import Glibc
internal import MDFrontend
internal import MDLinux
internal import MDLocksDLM

/// The composition root: chooses the real kernel, calls the front end; the result is the exit status.
///
/// The name is the one that SwiftPM gives the entry point of a program called swmdadm. A function instead of `@main`,
/// because only a function is handed argc and argv (`words` is argv's address); see `ArgumentVector`.
@c(swmdadm_main)
func start(count: CInt, words: UInt) -> CInt {
    let program = Program(
        kernel: LinuxKernel(),
        console: StandardConsole(),
        cluster: { DLMClusterServices() },
        scanner: { GetoptScanner(arguments: $0) },
        arguments: ArgumentVector(count: count, address: words).words)
    // What is left to release is the system's business by now.
    exit(program.run())
}
