import MDBytes
import MDModel
import Testing

/// A reshape is stopped where it can be turned round.
@Suite struct TurningPointTests {
    private func found(
        _ level: String, _ disks: String, chunk: String = "65536", backwards: Bool = false, size: UInt64 = 129_024
    ) -> TurningPoints? {
        TurningPoints(
            level: level, disks: disks, chunk: chunk, direction: backwards ? "backwards" : "forwards",
            componentSize: Sectors(size))
    }

    /// As mdadm 4.6 was seen to choose `sync_max` on members of 129,024 sectors.
    @Test(arguments: [
        ("raid5", "4 (3)", "65536", 8064, 3072), ("raid5", "4 (3)", "65536", 11520, 4352),
        ("raid5", "4 (3)", "131072", 11520, 4608), ("raid5", "5 (4)", "65536", 12800, 3840),
        ("raid6", "5 (4)", "65536", 11520, 4352), ("raid4", "5 (3)", "32768", 8448, 2240),
    ])
    func forwards(level: String, disks: String, chunk: String, position: UInt64, halt: UInt64) throws {
        let points = try #require(found(level, disks, chunk: chunk))
        #expect(points.halt(after: position) == halt)
        #expect(points.contains(position: points.position(done: halt)) && points.isGrowing)
    }

    @Test(arguments: [("raid5", "3 (4)", "65536", 384), ("raid6", "4 (5)", "65536", 384), ("raid5", "3 (5)", "32768", 128)])
    func backwards(level: String, disks: String, chunk: String, halt: UInt64) throws {
        let points = try #require(found(level, disks, chunk: chunk, backwards: true))
        #expect(points.halt(after: 258_048) == halt)
        #expect(points.contains(position: points.position(done: halt)) && !points.isGrowing)
    }

    /// Where the size of chunks changes, too, a point is a whole stripe of each.
    @Test func bothSizesOfChunksCount() throws {
        let points = try #require(found("raid5", "4 (3)", chunk: "131072 (65536)"))
        #expect(points.halt(after: 0) == 2 * 256 * 3 / 3)
        #expect(points.contains(position: 768) && !points.contains(position: 256))
    }

    /// Near its end it is left to end.
    @Test func theEndIsNoPoint() throws {
        let forwards = try #require(found("raid5", "4 (3)"))
        #expect(forwards.halt(after: 129_024 * 3 - 768) == nil && forwards.halt(after: .max) == nil)
        let backwards = try #require(found("raid5", "3 (4)", backwards: true))
        #expect(backwards.halt(after: 1535) == nil)
        #expect(backwards.position(done: 200_000) == 0)
    }

    @Test(arguments: [
        ("raid5", "4", "65536"), ("raid5", "4 (4)", "65536"), ("raid10", "4 (3)", "65536"), ("raid5", "x", "65536"),
        ("raid5", "4 (x)", "65536"), ("raid5", "4 (3)", "0"), ("raid5", "4 (3)", "-1"), ("raid6", "4 (2)", "65536"), ("", "", ""),
    ])
    func otherReshapesHaveNone(level: String, disks: String, chunk: String) {
        #expect(found(level, disks, chunk: chunk) == nil)
    }
}
