import MDBytes
import MDModel
import Testing

@Suite struct ManageOperandTests {
    @Test(arguments: [
        ("/dev/sdb", ManageRequest.Action.add, ManageOperand.path("/dev/sdb")),
        ("8:16", .add, .number(DeviceNumber(major: 8, minor: 16))),
        ("8:16", .fail, .number(DeviceNumber(major: 8, minor: 16))),
        ("a:b", .add, .path("a:b")),
        ("1:2:3", .fail, .path("1:2:3")),
        ("sdb", .remove, .kernelName("sdb")),
        ("failed", .remove, .faulty),
        ("faulty", .reAdd, .faulty),
        ("detached", .fail, .detached),
        ("missing", .reAdd, .missing),
        ("set-A", .fail, .copySet(0)),
        ("set-Z", .remove, .copySet(25)),
        ("set-AB", .fail, .kernelName("set-AB")),
        ("set-", .fail, .kernelName("set-")),
    ])
    func readsEveryForm(_ word: String, _ action: ManageRequest.Action, _ expected: ManageOperand) throws {
        #expect(try ManageOperand(word, for: action) == expected)
    }

    @Test(arguments: [
        ("failed", ManageRequest.Action.fail), ("faulty", .addSpare), ("detached", .reAdd), ("missing", .add),
        ("set-A", .replace), ("sdb", .add), ("", .add), ("sdb", .with),
    ])
    func refusesWordsThatMeanNothing(_ word: String, _ action: ManageRequest.Action) {
        #expect(throws: ManageOperand.Misuse.self) { try ManageOperand(word, for: action) }
    }

    @Test func readsConfirmations() {
        #expect(ConfirmOperand("2:/dev/sdb")?.device == "/dev/sdb")
        #expect(ConfirmOperand("2:/dev/disk/by-path/pci-0:1")?.device == "/dev/disk/by-path/pci-0:1")
        #expect(ConfirmOperand("7:missing")?.number == 7)
        #expect(ConfirmOperand("7:missing")?.device == nil)
        for word in ["3", "missing", ":x", "3:", "-1:x", "1920:x", "99999999999999999999:x", "0x3:y", " 3:y"] {
            #expect(ConfirmOperand(word) == nil, "\(word)")
        }
    }
}

@Suite struct SurvivalTests {
    private func holds(_ level: Level, _ disks: Int, layout: Int32 = 0, _ slots: Set<Int>) -> Bool {
        Survival(level: level, layout: layout, raidDisks: disks).holds(with: slots)
    }

    @Test func simpleLevels() {
        #expect(holds(.raid1, 3, [2]))
        #expect(!holds(.raid1, 3, []))
        #expect(!holds(.raid0, 2, [0]))
        #expect(holds(.raid5, 3, [0, 2]))
        #expect(!holds(.raid5, 3, [0]))
        #expect(holds(.raid6, 4, [0, 3]))
        #expect(!holds(.raid6, 4, [0]))
        #expect(!holds(.raid1, 2, [2, 3]), "slots beyond the array do not count")
    }

    @Test func everyChunkOfARAID10HasACopy() {
        let near = Int32(0x102)
        #expect(holds(.raid10, 4, layout: near, [0, 2]))
        #expect(holds(.raid10, 4, layout: near, [1, 3]))
        #expect(!holds(.raid10, 4, layout: near, [0, 1]))
        #expect(holds(.raid10, 3, layout: near, [0, 1]))
        #expect(!holds(.raid10, 3, layout: near, [0]))
        let far = Int32(0x201)
        #expect(holds(.raid10, 4, layout: far, [0, 2]))
        #expect(!holds(.raid10, 4, layout: far, [0, 3]), "slots 1 and 2 keep the copies of one chunk")
    }

    @Test func hostileLayoutsEnd() {
        for layout: Int32 in [0, -1, 0xffff, 0x7fff_ffff] {
            _ = holds(.raid10, 7, layout: layout, [0, 1])
            _ = holds(.raid10, 0, layout: layout, [])
        }
    }

    @Test func copySets() {
        #expect(Survival(level: .raid10, layout: 0x102, raidDisks: 4).copySets == 2)
        #expect(Survival(level: .raid10, layout: 0x102, raidDisks: 3).copySets == nil)
        #expect(Survival(level: .raid1, layout: 0, raidDisks: 2).copySets == nil)
    }
}

@Suite struct AddDeviceEventTests {
    private static let uuid = "ef5be5ba-10ad-f00d-0123-456789abcdef"

    private func event(_ environment: [String: String]) throws -> AddDeviceEvent {
        try AddDeviceEvent(uuid: nil, number: nil) { environment[$0] }
    }

    @Test func readsAUevent() throws {
        let event = try event(["EVENT": "ADD_DEVICE", "DEVICE_UUID": Self.uuid, "RAID_DISK": "3"])
        #expect(event.number == 3)
        #expect(event.uuid.dashedText == Self.uuid)
    }

    @Test(arguments: [
        [:], ["EVENT": "OTHER"], ["EVENT": "ADD_DEVICE"],
        ["EVENT": "ADD_DEVICE", "DEVICE_UUID": "$(reboot)", "RAID_DISK": "3"],
        ["EVENT": "ADD_DEVICE", "DEVICE_UUID": "00000000-0000-0000-0000-000000000000", "RAID_DISK": "3"],
        ["EVENT": "ADD_DEVICE", "DEVICE_UUID": uuid, "RAID_DISK": "-1"],
        ["EVENT": "ADD_DEVICE", "DEVICE_UUID": uuid, "RAID_DISK": "3;reboot"],
        ["EVENT": "ADD_DEVICE", "DEVICE_UUID": uuid, "RAID_DISK": "18446744073709551616"],
    ])
    func refusesWhatIsNoEvent(_ environment: [String: String]) {
        #expect(throws: AddDeviceEvent.Defect.self) { try event(environment) }
    }

    @Test func optionsNeedNoEvent() throws {
        let uuid = try #require(UUID(parsing: Self.uuid))
        #expect(try AddDeviceEvent(uuid: uuid, number: 5) { _ in nil }.number == 5)
        #expect(throws: AddDeviceEvent.Defect.self) {
            try AddDeviceEvent(uuid: uuid, number: 4000) { _ in nil }
        }
    }

    @Test(arguments: [(1000, 5000), (300, 16666), (250, 20000), (100, 50000)])
    func theWindowIsCountedInJiffies(_ frequency: Int, _ milliseconds: Int) {
        #expect(ConfirmWindow.length(timerFrequency: frequency) == Milliseconds(milliseconds))
        let search = ConfirmWindow.search(timerFrequency: frequency)
        #expect(search.rawValue <= milliseconds * 4 / 5)
        #expect(search.rawValue > milliseconds * 4 / 5 - 5)
    }

    @Test func unknownTimersAreFast() {
        #expect(ConfirmWindow.length(timerFrequency: nil) == Milliseconds(5000))
        #expect(ConfirmWindow.length(timerFrequency: 0).rawValue < 300_000)
    }

    @Test func judgesDisks() throws {
        let uuid = try #require(UUID(parsing: Self.uuid))
        let array = UUID(bytes: [1, 2, 3])
        let check = CandidateCheck(
            array: array, event: AddDeviceEvent(uuid: uuid, number: 2), componentSize: Sectors(100))
        try check.judge(arrayUUID: array, deviceUUID: uuid, number: 2, dataSize: Sectors(100))
        for (owner, number) in [(array, 3), (uuid, 2)] {
            #expect(throws: CandidateCheck.Fault.otherDisk) {
                try check.judge(arrayUUID: owner, deviceUUID: array, number: number, dataSize: Sectors(100))
            }
        }
        #expect(throws: CandidateCheck.Fault.otherUUID(array)) {
            try check.judge(arrayUUID: array, deviceUUID: array, number: 2, dataSize: Sectors(100))
        }
        #expect(throws: CandidateCheck.Fault.otherArray(uuid)) {
            try check.judge(arrayUUID: uuid, deviceUUID: uuid, number: 2, dataSize: Sectors(100))
        }
        #expect(throws: CandidateCheck.Fault.otherNumber(3)) {
            try check.judge(arrayUUID: array, deviceUUID: uuid, number: 3, dataSize: Sectors(100))
        }
        #expect(throws: CandidateCheck.Fault.tooSmall(Sectors(99))) {
            try check.judge(arrayUUID: array, deviceUUID: uuid, number: 2, dataSize: Sectors(99))
        }
    }
}
