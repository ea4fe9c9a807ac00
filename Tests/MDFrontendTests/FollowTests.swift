import MDBytes
import MDFrontend
import MDKernel
import MDModel
import MDOperations
import MDSimulator
import Synchronization
import Testing

/// What `--follow` draws on a terminal of a certain width.
@Suite struct FollowTests {
    /// A terminal that keeps what was written to it.
    private final class Terminal: Console {
        private let text = Mutex("")
        let width: Int

        init(width: Int) { self.width = width }

        func writeOutput(_ words: String) { text.withLock { $0 += words } }
        func writeError(_ words: String) { text.withLock { $0 += words } }
        func readInput(limit: Int) -> [UInt8] { [] }
        func errorWidth() -> Int? { width }

        var written: String { text.withLock { $0 } }
    }

    /// Follows a check of two seconds to its end.
    private func follow(width: Int) throws -> (status: Int32, written: String) {
        var settings = SimulatedKernel.Settings()
        settings.syncSpeed = 40
        let kernel = SimulatedKernel(settings: settings)
        for name in ["sda", "sdb"] { kernel.addDisk(name, size: ByteCount(64 << 20)) }
        _ = try ArrayFixture().start(number: 0, on: ["/dev/sda", "/dev/sdb"], kernel: kernel)
        let terminal = Terminal(width: width)
        let voice = Voice(console: terminal, name: "swmdadm")
        let context = Context(
            kernel: kernel, options: CommonOptions(),
            listener: ConsoleListener(voice: voice, options: CommonOptions()))
        var request = ResyncRequest(common: CommonOptions(), array: "/dev/md0")
        request.verb = .check
        request.follows = true
        return (ResyncRunner(context: context, voice: voice).run(request), terminal.written)
    }

    @Test func oneLineIsDrawnAnewAndLeft() throws {
        let (status, written) = try follow(width: 90)
        #expect(status == 0)
        let lines = written.split(separator: "\n", omittingEmptySubsequences: false)
        try #require(lines.count == 4, "\(written.debugDescription)")
        #expect(lines[0] == "swmdadm: started a check of /dev/md0")
        #expect(lines[2] == "swmdadm: /dev/md0: the check is done: no differences" && lines[3].isEmpty)
        let frames = lines[1].split(separator: "\r")
        #expect(frames.count >= 3)
        #expect(frames[0] == "[........................................] /dev/md0: check 0.0 %, 20000 KiB/s, 4 s left\u{1b}[K")
        #expect(frames[1].hasPrefix("[============"), "\(frames[1])")
    }

    /// No frame reaches the last column, however narrow the terminal is.
    @Test(arguments: [1, 2, 20, 40, 60, 70, 80, 200])
    func framesFit(width: Int) throws {
        let written = try follow(width: width).written
        let line = written.split(separator: "\n", omittingEmptySubsequences: false)[1]
        for frame in line.split(separator: "\r") { #expect(frame.unicodeScalars.count - 3 < max(width, 1), "\(frame)") }
    }
}
