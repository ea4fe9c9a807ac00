internal import Glibc
internal import MDFrontend
internal import MDLinux
internal import MDLocksDLM

/// The composition root: chooses the real kernel, calls the front end, exits.
///
/// The name is the one that SwiftPM gives the entry point of a program called swmdadm. A function instead of `@main`,
/// because only a function is handed argc and argv; see Arguments.swift.
@c(swmdadm_main)
func start(count: CInt, words: Arguments.Words?) -> CInt {
    unsafe Arguments.keep(count: count, words: words)
    let program = Program(
        kernel: LinuxKernel(),
        console: StandardConsole(),
        cluster: { DLMClusterServices() },
        scanner: { GetoptScanner(arguments: $0) },
        arguments: CommandLine.arguments)
    return program.run()
}
