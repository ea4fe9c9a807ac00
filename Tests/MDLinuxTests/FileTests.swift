import Glibc
import MDBytes
import MDKernel
import Testing

@testable import MDLinux

@Suite struct FileTests {
    let scratch: Scratch
    var kernel: LinuxKernel { scratch.kernel }

    init() throws { scratch = try Scratch() }

    @Test func replacingLeavesOneFileWithTheMode() throws {
        let path = scratch.path + "/map"
        try kernel.replace(file: path, with: [1, 2, 3], mode: 0o644)
        try kernel.replace(file: path, with: [4], mode: 0o600)
        #expect(try kernel.read(file: path, limit: 100) == [4])
        #expect(try kernel.status(ofPath: path).mode == 0o600)
        #expect(try kernel.list(directory: scratch.path).sorted() == ["here", "map"])
    }

    @Test func readsStopAtTheLimit() throws {
        let (path, bytes) = try scratch.file(1000)
        #expect(try kernel.read(file: path, limit: 10) == Array(bytes.prefix(10)))
        #expect(try kernel.read(file: path, limit: 0) == [])
    }

    /// An attribute of sysfs is read by one call, and whole: here as it is read by small steps.
    @Test(arguments: ["/sys/kernel/notes", "/sys/kernel/mm/transparent_hugepage/enabled"])
    func attributesAreReadWhole(_ path: String) throws {
        guard (try? kernel.status(ofPath: path)) != nil else { return }
        var whole: [UInt8] = []
        while whole.count < 4096 {
            let more = try kernel.read(file: path, limit: whole.count + 7)
            if more.count == whole.count { break }
            whole = more
        }
        #expect(!whole.isEmpty)
        #expect(try kernel.read(file: path, limit: 1 << 20) == whole)
        #expect(try kernel.read(file: path, limit: 3) == Array(whole.prefix(3)))
    }

    @Test func absentFiles() throws {
        let path = scratch.path + "/absent"
        #expect(throws: SystemCallError("open", .noEntry, on: path)) {
            try kernel.read(file: path, limit: 1)
        }
        try kernel.remove(file: path)
    }

    @Test func linksAndWrites() throws {
        let path = scratch.path + "/link"
        try kernel.link(path, to: "here")
        #expect(try kernel.destination(ofLink: path) == "here")
        #expect(try kernel.resolve(path) == kernel.resolve(scratch.path) + "/here")
        try kernel.write("idle\n", toFile: path)
        #expect(try kernel.read(file: scratch.path + "/here", limit: 9) == Array("idle\n".utf8))
    }

    @Test func lockKeepsASecondOneOut() throws {
        let path = scratch.path + "/map.lock"
        var held: DeviceHandle? = try kernel.lock(file: path, timeout: Milliseconds(0))
        #expect(throws: SystemCallError("flock", .timedOut, on: path)) {
            try kernel.lock(file: path, timeout: Milliseconds(20))
        }
        #expect(held?.path == path)
        held = nil
        _ = try kernel.lock(file: path, timeout: Milliseconds(0))
    }

    @Test func lockIsNotTakenOnARemovedFile() throws {
        let path = scratch.path + "/map.lock"
        let first = try kernel.lock(file: path, timeout: Milliseconds(0))
        try kernel.remove(file: path)
        let second = try kernel.lock(file: path, timeout: Milliseconds(0))
        #expect(first.token != second.token)
    }
}
