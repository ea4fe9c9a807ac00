import MDBytes
import MDFormats
import MDFrontend
import MDKernel
import MDModel
import MDOperations
import Testing

/// Reports of --detail as mdadm 4.6 printed them in the lab, from facts as they stood in the kernel.
@Suite struct DetailTextTests {
    private static let surroundings = Surroundings(homeHost: "node1") { seconds in
        LocalTime(
            year: 2026, month: 11, day: 23, hour: 16, minute: 11, second: Int(seconds % 60), weekday: 1)
    }

    private func superblock(_ name: String, _ uuid: String, events: UInt64) throws -> Version1Facts {
        var superblock = SuperblockV1(roleCount: 128)
        superblock.name = Array(name.utf8)
        superblock.arrayUUID = try #require(UUID(parsing: uuid))
        superblock.events = events
        return Version1Facts(superblock: superblock, bitmap: nil, deviceSize: Sectors(409_600))
    }

    private func disk(_ number: Int32?, _ minor: UInt32, slot: Int?, _ state: DiskInfo.State, _ name: String)
        -> DetailFacts.Disk
    {
        DetailFacts.Disk(
            number: number, device: DeviceNumber(major: 254, minor: minor), slot: slot, state: state,
            path: "/dev/\(name)")
    }

    private func rebuilding() throws -> DetailFacts {
        var facts = DetailFacts(path: "/dev/md/foo", kernelName: "md127", metadata: .native("1.2"))
        var info = ArrayInfo()
        (info.majorVersion, info.minorVersion, info.level, info.layout) = (1, 2, 5, 2)
        (info.creationTime, info.updateTime) = (47, 52)
        (info.size, info.diskCount, info.raidDisks, info.chunkSize) = (202_752, 4, 3, 512 << 10)
        info.state = .clean
        (info.activeDisks, info.workingDisks, info.failedDisks, info.spareDisks) = (2, 4, 0, 2)
        facts.info = info
        facts.size = ByteCount(405_504 << 10)
        facts.consistencyPolicy = "resync"
        facts.progress = Mdstat("md127 : active raid5\n 405504 blocks\n [==>] recovery = 20.9% (1/2) finish=1min\n")
            .entries.first
        facts.superblock = try superblock("node1:foo", "97d803dc:f62e376c:a75b690c:18747f04", events: 4)
        facts.disks = [
            disk(0, 16, slot: 0, [.active, .sync], "vdb"), disk(1, 32, slot: 1, [.active, .sync], "vdc"),
            disk(3, 64, slot: nil, [], "vde"), disk(4, 48, slot: 2, [], "vdd"),
        ]
        return facts
    }

    @Test func rebuildingFive() throws {
        let facts = try rebuilding()
        let text = """
            /dev/md/foo:
                       Version : 1.2
                 Creation Time : Mon Nov 23 16:11:47 2026
                    Raid Level : raid5
                    Array Size : 405504 (396.00 MiB 415.24 MB)
                 Used Dev Size : 202752 (198.00 MiB 207.62 MB)
                  Raid Devices : 3
                 Total Devices : 4
                   Persistence : Superblock is persistent

                   Update Time : Mon Nov 23 16:11:52 2026
                         State : clean, degraded, recovering\u{20}
                Active Devices : 2
               Working Devices : 4
                Failed Devices : 0
                 Spare Devices : 2

                        Layout : left-symmetric
                    Chunk Size : 512K

            Consistency Policy : resync

                Rebuild Status : 20% complete

                          Name : node1:foo  (local to host node1)
                          UUID : 97d803dc:f62e376c:a75b690c:18747f04
                        Events : 4

                Number   Major   Minor   RaidDevice State
                   0     254       16        0      active sync   /dev/vdb
                   1     254       32        1      active sync   /dev/vdc
                   4     254       48        2      spare rebuilding   /dev/vdd

                   3     254       64        -      spare   /dev/vde

            """
        #expect(DetailReport(Self.surroundings, showsDevices: true).text(facts) == text)
        let brief = """
            ARRAY /dev/md/foo level=raid5 num-devices=3 metadata=1.2 spares=2 UUID=97d803dc:f62e376c:a75b690c:18747f04
               devices=/dev/vdb,/dev/vdc,/dev/vdd,/dev/vde

            """
        #expect(DetailBrief.text(facts, verbose: true, showsDevices: true) == brief)
    }

    @Test func removedAndFaulty() throws {
        var facts = try rebuilding()
        facts.info?.level = 1
        facts.info?.raidDisks = 2
        facts.progress = nil
        facts.disks = [
            disk(0, 16, slot: nil, .faulty, "vdb"), disk(1, 32, slot: 1, [.active, .sync], "vdc"),
        ]
        let table = """
                Number   Major   Minor   RaidDevice State
                   -       0        0        0      removed
                   1     254       32        1      active sync   /dev/vdc

                   0     254       16        -      faulty   /dev/vdb

            """
        let text = DetailReport(Self.surroundings, showsDevices: true).text(facts)
        #expect(text.hasSuffix("\n\n" + table))
        #expect(text.contains("             State : clean, degraded \n"))
    }

    /// A shared array that the driver calls clean is clean, whatever its bitmaps say; else they decide.
    @Test(arguments: [
        (true, true, "clean"), (false, true, "active"), (false, false, "clean"), (false, nil, "active"),
    ] as [(Bool, Bool?, String)])
    func stateOfASharedArray(isClean: Bool, isDirty: Bool?, word: String) throws {
        var facts = try rebuilding()
        facts.info?.level = 1
        facts.info?.state = isClean ? [.clustered, .clean] : .clustered
        facts.isClusterDirty = isDirty
        facts.progress = nil
        let text = DetailReport(Self.surroundings, showsDevices: true).text(facts)
        #expect(text.contains("             State : \(word)"))
    }

    @Test func inactive() throws {
        var facts = DetailFacts(path: "/dev/md127", kernelName: "md127", metadata: .native("1.2"))
        var superblock = try superblock("node1:inc", "09900170:ab2f44a4:81d4fa8c:ae0bccf8", events: 0)
        superblock.superblock.level = 5
        facts.superblock = superblock
        facts.disks = [disk(nil, 16, slot: nil, [], "vdb")]
        let text = """
            /dev/md127:
                       Version : 1.2
                    Raid Level : raid5
                 Total Devices : 1
                   Persistence : Superblock is persistent

                         State : inactive
                Active Devices : 0
               Working Devices : 1
                Failed Devices : 0
                 Spare Devices : 1

                          Name : node1:inc  (local to host node1)
                          UUID : 09900170:ab2f44a4:81d4fa8c:ae0bccf8
                        Events : 0

                Number   Major   Minor   RaidDevice

                   -     254       16        -        /dev/vdb

            """
        #expect(DetailReport(Self.surroundings, showsDevices: true).text(facts) == text)
        let brief = "INACTIVE-ARRAY /dev/md127 metadata=1.2 UUID=09900170:ab2f44a4:81d4fa8c:ae0bccf8\n"
        #expect(DetailBrief.text(facts, verbose: false, showsDevices: true) == brief)
    }

    @Test func export() throws {
        var facts = try rebuilding()
        facts.members = [
            DetailFacts.Member(name: "vdc", slot: 1, path: "/dev/vdc"),
            DetailFacts.Member(name: "nvme0n1p1", slot: nil, path: nil),
        ]
        facts.mapEntry = ArrayMap.Entry(
            name: "md127", metadata: "1.2", uuid: try #require(facts.superblock?.superblock.arrayUUID),
            path: "/dev/md/foo")
        let text = """
            MD_LEVEL=raid5
            MD_DEVICES=3
            MD_METADATA=1.2
            MD_UUID=97d803dc:f62e376c:a75b690c:18747f04
            MD_DEVNAME=foo
            MD_RESHAPE_ACTIVE=False
            MD_NAME=node1:foo
            MD_DEVICE_dev_vdc_ROLE=1
            MD_DEVICE_dev_vdc_DEV=/dev/vdc
            MD_DEVICE_dev_nvme0n1p1_ROLE=spare

            """
        #expect(DetailExport.text(facts, showsDevices: true) == text)
    }
}
