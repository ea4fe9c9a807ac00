import MDBytes
import MDFormats
import MDKernel
import MDSimulator
import Testing

/// `--zero-superblock` of a disk with superblocks in some places, as mdadm 4.6 wiped files of the same content.
@Suite struct ZeroTests {
    /// What lies where on a disk of 1 MiB: a superblock made anew for its place, or a word that is none.
    private enum Place: String, CaseIterable {
        case elder = "0.90", end = "1.0", start = "1.1", usual = "1.2"

        var offset: UInt64 {
            switch self {
            case .elder: (1 << 20) - 65536
            case .end: (1 << 20) - 8192
            case .start: 0
            case .usual: 4096
            }
        }

        /// The word where no superblock is.
        var mark: UInt32 { 0x100 + UInt32(offset & 0xffff) / 16 }
    }

    private let kernel = SimulatedKernel.withDisks(1, size: ByteCount(1 << 20))

    private func put(_ image: [UInt8], at place: Place) {
        kernel.disk("sda")?.write(image, at: ByteCount(place.offset), durably: true)
    }

    /// `present` are names of places; one with a tick holds what no version of md can read.
    private func lay(_ present: String) {
        let words = present.split(separator: " ")
        for place in Place.allCases {
            var image = [UInt8](repeating: 0, count: 512)
            image[Field<UInt32>(at: 0)] = place.mark
            if words.contains(where: { $0.hasPrefix(place.rawValue) }) { image = superblock(at: place) }
            if words.contains("\(place.rawValue)'") { image[Field<UInt32>(at: 4)] = 2 }
            if words.contains("swapped"), place == .elder { image = swapped(superblock(at: place)) }
            put(image, at: place)
        }
    }

    private func superblock(at place: Place) -> [UInt8] {
        if place == .elder { return Array(Mutator.elder().prefix(4096)) }
        var image = Array(Mutator.members()[0][4096..<8192])
        image[Field<UInt64>(at: 144)] = place.offset / 512
        return image
    }

    private func swapped(_ image: [UInt8]) -> [UInt8] {
        stride(from: 0, to: image.count, by: 4).flatMap { image[$0..<$0 + 4].reversed() }
    }

    private func left() throws -> String {
        let handle = try kernel.open("/dev/sda", [])
        let there = try Place.allCases.filter { place in
            let bytes = try kernel.read(Extent(offset: ByteCount(place.offset), count: 512), of: handle)
            return [0xa92b_4efc, 0xfc4e_2ba9].contains(bytes[Field<UInt32>(at: 0)])
        }
        return there.map(\.rawValue).joined(separator: " ")
    }

    private static func no(_ places: Place...) -> String {
        places.map { no(word: $0.mark.hex(width: 8)) }.joined()
    }

    private static func no(word: String) -> String {
        "mdadm: No super block found on /dev/sda (Expected magic a92b4efc, got \(word))\n"
    }

    private static let other = "mdadm: Cannot interpret superblock on /dev/sda - version is 2\n"
    private static let anyway = "mdadm: superblock zeroed anyway\n"

    /// What is there, the options, the status, what is said, and what is left.
    private static let lines: [(String, String, Int32, String, String)] = [
        ("", "", 0, "mdadm: Unrecognised md component device - /dev/sda\n", ""),
        ("0.90 1.0 1.1 1.2", "", 0, "", ""),
        ("1.0 1.1 1.2", "-e 1.1", 0, "", "1.0 1.2"),
        ("1.0 1.2", "-e default", 0, "", "1.0"),
        ("1.0", "-e default", 2, no(.usual), "1.0"),
        ("", "-e 1", 2, no(.end, .start, .usual), ""),
        ("1.1", "-e 1", 0, no(.end, .usual), ""),
        ("1.2'", "-e 1.2", 2, other, "1.2"),
        ("1.2'", "-e 1.2 --force", 0, other + anyway, ""),
        ("1.2'", "-e 1 --force", 1, no(.end, .start) + other + "mdadm: Could not zero superblock on /dev/sda\n", "1.2"),
        ("1.2", "-e 1.1 --force", 0, no(.start) + anyway, "1.2"),
        ("1.2", "-e 1.1 --force -q", 0, no(.start), "1.2"),
        ("1.2", "-e 0.90", 2, no(.elder), "1.2"),
        ("0.90", "-e 0.90", 0, "", ""),
        ("0.90", "-e 0.swap", 2, no(word: "fc4e2ba9"), "0.90"),
        ("swapped", "-e 0.swap", 0, "", ""),
        ("swapped", "", 0, "", ""),
    ]

    @Test(arguments: lines)
    func wipesWhatWasAskedFor(present: String, options: String, status: Int32, error: String, left: String) throws {
        lay(present)
        let result = run("--zero-superblock \(options) /dev/sda", on: kernel)
        #expect(result.status == status && result.output.isEmpty && result.error == error, "\(result)")
        #expect(try self.left() == left)
    }

    /// The first device on which `-e 1` finds something says what is looked for on the others.
    @Test func theFirstDeviceFixesTheMinorVersion() throws {
        let kernel = SimulatedKernel.withDisks(3, size: ByteCount(1 << 20))
        for (disk, place) in [("sda", Place.usual), ("sdb", .usual), ("sdc", .start)] {
            kernel.disk(disk)?.write(superblock(at: place), at: ByteCount(place.offset), durably: true)
        }
        let result = run("--zero-superblock -e 1 /dev/sda /dev/sdb /dev/sdc", on: kernel)
        let first = "mdadm: No super block found on /dev/sda (Expected magic a92b4efc, got 00000000)\n"
        let last = "mdadm: No super block found on /dev/sdc (Expected magic a92b4efc, got 00000000)\n"
        #expect(result.status == 2 && result.error == first + first + last, "\(result)")
    }

    /// What `--force` overwrote comes back, too.
    @Test func forcedZerosAreUndone() throws {
        lay("")
        #expect(run("--zero-superblock -e 1.1 --force /dev/sda", on: kernel).status == 0)
        let list = run("--undo", on: kernel).output
        let entry = try #require(list.split(separator: " ").first)
        let undone = run("--undo \(entry)", on: kernel)
        let handle = try kernel.open("/dev/sda", [])
        let bytes = try kernel.read(Extent(offset: .zero, count: 512), of: handle)
        #expect(bytes[Field<UInt32>(at: 0)] == Place.start.mark, "\(undone)")
    }

    /// A table of roles that is too long for us is none of mdadm's worries, and a disk with it can be wiped.
    @Test(arguments: ["", "-e 1.2", "-e 1"]) func whatIsNotReadCanBeWiped(options: String) throws {
        lay("1.2")
        var image = superblock(at: .usual)
        image[Field<UInt32>(at: 220)] = 60000
        put(image, at: .usual)
        #expect(run("--zero-superblock \(options) /dev/sda", on: kernel).status == 0)
        #expect(try left().isEmpty)
    }
}
