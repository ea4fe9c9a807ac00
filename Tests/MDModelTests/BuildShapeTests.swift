import MDBytes
import MDModel
import Testing

/// `--build` as mdadm 4.6 judged it in the lab.
@Suite struct BuildShapeTests {
    private func request(_ level: Level?, _ raid: Int?, _ devices: [String]) -> BuildRequest {
        var request = BuildRequest(common: CommonOptions(), array: "/dev/md0")
        request.level = level
        request.raidDevices = raid
        request.devices = devices.map { DeviceOperand(path: $0) }
        return request
    }

    private func refusal(of request: BuildRequest) -> BuildRefusal? {
        do throws(BuildRefusal) {
            try BuildShape(judging: request).checkCount()
            return nil
        } catch { return error }
    }

    @Test func refusals() {
        #expect(refusal(of: request(.raid1, nil, ["a", "b"])) == .noRaidDevices)
        #expect(refusal(of: request(nil, 2, ["a", "b"])) == .noLevel)
        #expect(refusal(of: request(.raid1, 3, ["a", "b"])) == .miscounted(wanted: 3, listed: 2))
        #expect(refusal(of: request(.raid1, 2, ["missing", "missing"])) == nil)
        var asked = request(.raid1, 2, ["a", "b"])
        asked.writeBehind = 256
        #expect(refusal(of: asked) == .writeBehind)
        asked.bitmap = .internal
        #expect(refusal(of: asked) == .bitmap)
        asked.bitmap = .none
        asked.writeBehind = nil
        #expect(refusal(of: asked) == nil)
    }

    /// Level, words, then layout, KiB of a chunk and KiB of a member.
    @Test(arguments: [
        (Level.raid0, nil, nil, nil, 0, 64, 0),
        (.linear, nil, nil, nil, 0, 64, 0),
        (.raid1, nil, 64, .sectors(Sectors(40002)), 0, 64, 20001),
        (.raid1, nil, nil, .max, 0, 0, 0),
        (.raid10, nil, nil, nil, 0x102, 0, 0),
        (.raid10, "f2", 100, nil, 0x201, 100, 0),
        (.faulty, nil, nil, nil, 31, 0, 0),
        (.faulty, "wp100", nil, nil, 100 << 5 | 2, 0, 0),
    ] as [(Level, String?, UInt64?, SizeChoice?, Int32, UInt64, UInt64)])
    func shapes(
        level: Level, layout: String?, chunk: UInt64?, size: SizeChoice?, stored: Int32, kibibytes: UInt64, each: UInt64
    ) throws {
        var asked = request(level, 2, ["a", "b"])
        asked.layout = layout
        asked.chunkKiB = chunk
        asked.size = size
        let shape = try BuildShape(judging: asked)
        #expect(shape.layout == stored && shape.chunk.kibibytes == kibibytes && shape.size == each)
    }
}
