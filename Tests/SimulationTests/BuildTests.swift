import MDBytes
import MDKernel
import MDSimulator
import Testing

/// `--build` as mdadm 4.6 answered it in the lab, and what it leaves alone.
@Suite struct BuildTests {
    private let kernel = SimulatedKernel.withDisks(3, size: ByteCount(64 << 20))

    private func mdadm(_ line: String) -> CommandResult { run(line, on: kernel) }

    private func read(_ file: String) -> String? {
        (try? kernel.read(file: file, limit: 4096)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func mirrorRunsWithoutMetadata() {
        let result = mdadm("--build /dev/md0 -l1 -n2 --assume-clean /dev/sda /dev/sdb")
        #expect(result.status == 0 && result.output.isEmpty)
        #expect(result.error == "mdadm: array /dev/md0 built and started.\n")
        #expect(read("/sys/block/md0/md/metadata_version") == "none\n")
        #expect(read("/sys/block/md0/md/level") == "raid1\n")
        #expect(read("/run/mdadm/map") == "md0 none 00000000:00000000:00000000:00000000 /dev/md0\n")
        #expect(mdadm("--examine /dev/sda").status == 1)
        #expect(mdadm("--build /dev/md0 -l1 -n2 /dev/sda /dev/sdb").status == 1)
    }

    @Test func quietOnRequest() {
        let result = mdadm("--build /dev/md0 -q -l0 -n2 /dev/sda /dev/sdb")
        #expect(result.status == 0 && result.error.isEmpty)
    }

    @Test(arguments: [
        ("-l1 -n3 /dev/sda /dev/sdb", "requested 3 devices in array but listed 2"),
        ("-l1 -n2 /dev/sda /dev/nope", "stat failed for /dev/nope: No such file or directory"),
        ("-l1 -n3 /dev/sda /dev/nope", "stat failed for /dev/nope: No such file or directory"),
        ("-l1 -n2 /dev/sda MISSING", "stat failed for MISSING: No such file or directory"),
        ("-l1 -n2 -b internal /dev/sda /dev/sdb", "--build argument only compatible with --bitmap=none"),
        ("-l1 -n2 --write-behind=3 /dev/sda /dev/sdb", "write-behind mode requires a bitmap."),
        ("-l1 /dev/sda /dev/sdb", "no raid-devices specified."),
        ("-n2 /dev/sda /dev/sdb", "a RAID level is needed to Build an array."),
        ("-l1 -n2 /dev/sda /dev/sda", "Cannot open /dev/sda: Device or resource busy"),
    ])
    func refusals(words: String, error: String) {
        let result = mdadm("--build /dev/md0 \(words)")
        #expect(result.status == 1 && result.output.isEmpty && result.error == "mdadm: \(error)\n")
        // Nothing stays behind, neither in the kernel nor in the map.
        #expect((read("/run/mdadm/map") ?? "").isEmpty)
        #expect(mdadm("--build /dev/md0 -l1 -n2 /dev/sda /dev/sdb").status == 0)
    }

    @Test func aSlotMayStayEmpty() {
        #expect(mdadm("--build /dev/md0 -l1 -n2 /dev/sda missing").status == 0)
        #expect(read("/sys/block/md0/md/degraded") == "1\n")
        #expect(mdadm("--build /dev/md1 -l1 -n2 /dev/sda missing").status == 1)
    }
}
