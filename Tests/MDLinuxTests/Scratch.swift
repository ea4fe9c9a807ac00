import Glibc
import MDBytes
import MDKernel

@testable import MDLinux

/// A directory of its own for one test, removed with what is in it.
final class Scratch: Sendable {
    let path: String
    let kernel = LinuxKernel()

    init() throws {
        path = "/tmp/swmdadm-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try kernel.create(file: path + "/here", mode: 0o600)
    }

    deinit {
        for name in (try? kernel.list(directory: path)) ?? [] { try? kernel.remove(file: path + "/" + name) }
        unsafe rmdir(path)
    }

    /// A file of `count` bytes that count up, with its contents.
    func file(_ count: Int) throws -> (path: String, bytes: [UInt8]) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 256) }
        try kernel.replace(file: path + "/data", with: bytes, mode: 0o600)
        return (path + "/data", bytes)
    }
}
