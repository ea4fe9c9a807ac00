import MDBytes
import MDModel
import Testing

@Suite struct FilesTests {
    private let mdstat = Mdstat(
        """
        Personalities : [raid1] [raid6] [raid5] [raid4]
        md0 : active raid1 vdc[1] vdb[0](F)
              203776 blocks super 1.2 [2/1] [_U]
              bitmap: 1/1 pages [4KB], 65536KB chunk

        md127 : active (auto-read-only) raid5 vdf[3] vde[1] vdd[0]
              405504 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/2] [UU_]
              [====>................]  recovery = 20.7% (42368/202752) finish=0.0min speed=42368K/sec

        md1 : active raid1 sdc[1] sdb[0]
              203776 blocks super 1.2 [2/2] [UU]
              	resync=PENDING

        md5 : inactive vdg[0](S)
              203776 blocks super 1.2

        unused devices: <none>

        """)

    @Test func everyParagraphIsAnEntry() {
        #expect(mdstat.entries.map(\.name) == ["md0", "md127", "md1", "md5"])
        #expect(mdstat.entry(named: "md0")?.members == ["vdc", "vdb"])
        #expect(mdstat.entry(named: "md0")?.level == "raid1")
        #expect(mdstat.entry(named: "md0")?.metadata == "1.2")
        #expect(mdstat.entry(named: "md5")?.isActive == false)
        #expect(mdstat.entry(named: "md5")?.level == nil)
    }

    @Test func actionsRunOrWait() {
        let running = mdstat.entry(named: "md127")
        #expect(running?.readOnly == "auto-read-only")
        #expect(running?.action == "recovery")
        #expect(running?.percent == 20)
        #expect(running?.waiting == nil)
        let pending = mdstat.entry(named: "md1")
        #expect(pending?.action == "resync")
        #expect(pending?.percent == nil)
        #expect(pending?.waiting == "PENDING")
        #expect(mdstat.entry(named: "md0")?.action == nil)
    }

    /// The file holds each word of the uuid byte-swapped; malformed lines are nobody's array.
    @Test func mapReadsAndWrites() {
        let text = "md127 1.2 dc03d897:6c372ef6:0c695ba7:047f7418 /dev/md/foo\n"
        let map = ArrayMap(reading: "nonsense\n" + text + "md3 1.2 xyz /dev/md3\n")
        #expect(map.entries.count == 1)
        #expect(map.entry(named: "md127")?.uuid.colonText == "97d803dc:f62e376c:a75b690c:18747f04")
        #expect(map.text == text)
        #expect(map.removing("md127").entries.isEmpty)
    }

    /// As mdadm leaves it: what it reads is turned round whenever it writes, and a new array goes in front.
    @Test func mapIsTurnedRoundWithEveryChange() {
        var map = ArrayMap()
        for number in [127, 126, 125, 124] {
            map = map.adding(.init(name: "md\(number)", metadata: "1.2", uuid: UUID(bytes: [UInt8(number)]), path: "/dev/x"))
        }
        #expect(map.entries.map(\.name) == ["md124", "md126", "md127", "md125"])
        #expect(map.removing("md126").entries.map(\.name) == ["md125", "md127", "md124"])
        let again = map.adding(.init(name: "md127", metadata: "1.2", uuid: UUID(bytes: [127]), path: "/dev/y"))
        #expect(again.entries.map(\.name) == ["md125", "md127", "md126", "md124"])
    }

    @Test func aNewEntryReplacesItsNamesake() {
        let uuid = UUID(bytes: [1, 2, 3])
        let old = ArrayMap().adding(.init(name: "md1", metadata: "1.2", uuid: uuid, path: "/dev/md1"))
        let new = old.adding(.init(name: "md2", metadata: "1.2", uuid: uuid, path: "/dev/md/x"))
        #expect(new.entries.map(\.path) == ["/dev/md/x"])
    }
}
