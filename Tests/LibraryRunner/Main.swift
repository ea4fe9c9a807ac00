import ClusterOps
import Glibc
import MDBytes

/// A node of the library over the real lock manager, for the lab: `swmdlibrary UUID DISK NODES`.
///
/// UUID is the array's; DISK, which all nodes share, holds in place of superblocks one block of text. A line on
/// standard input is a tag and a command (see `LibraryNode.run`); its answer is a line with the tag. What happens in
/// between is told by lines that begin with `*`.
@main struct LibraryRunner {
    static func main() throws {
        let words = Array(CommandLine.arguments.dropFirst())
        guard words.count == 3, let uuid = UUID(parsing: words[0]), let nodes = Int(words[2]) else {
            say("usage: swmdlibrary UUID DISK NODES")
            exit(2)
        }
        let lines = LineReader()
        let node = LibraryNode(array: uuid.bytes, disk: SharedDisk(path: words[1]), nodes: nodes, lines: lines)
        try lines.start()
        while !lines.isAtEnd {
            if let session = node.session, session.isMember {
                session.serve(milliseconds: 3_600_000)
            } else {
                lines.wait()
            }
            while let line = lines.next() { node.run(line) }
        }
    }
}

/// Writes a line at once.
func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = unsafe write(1, bytes, bytes.count)
}
