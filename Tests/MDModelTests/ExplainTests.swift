import MDBytes
import MDFormats
import MDModel
import Testing

/// Verdicts on arrays and devices, each from the evidence that leads to it.
@Suite struct ExplainTests {
    /// A member of slot `slot` (nil: a spare) of an array of level and size.
    private func superblock(_ level: Int32, _ disks: UInt32, _ slot: Int?, events: UInt64, clean: Bool = true) -> SuperblockV1 {
        var block = SuperblockV1(roleCount: 16)
        (block.level, block.raidDisks, block.layout) = (level, disks, level == 10 ? 0x102 : 2)
        block.deviceNumber = UInt32(slot ?? Int(disks))
        for number in 0..<Int(disks) { block.setRole(.active(number), of: number) }
        (block.events, block.updateStamp) = (events, 1_000_000 + events)
        if clean { block.resyncOffset = .max }
        block.seal()
        return block
    }

    private func member(
        _ name: String, _ block: SuperblockV1?, inside: Bool = true, state: Set<String> = [], slot: Int? = nil
    ) -> MemberEvidence {
        let minor = UInt32(name.utf8.first ?? 0)
        var member = MemberEvidence(
            path: "/dev/sd\(name)", device: DeviceNumber(major: 8, minor: minor), superblock: block.map { .version1($0) })
        (member.isIncluded, member.state, member.kernelSlot) = (inside, state, slot)
        return member
    }

    /// A mirror of two that runs with slot 0 alone.
    private func degraded(_ others: [MemberEvidence]) -> ArrayEvidence {
        var array = ArrayEvidence(path: "/dev/md0")
        (array.state, array.level, array.raidDisks) = ("clean", .raid1, 2)
        array.members = [member("a", superblock(1, 2, 0, events: 50), state: ["in_sync"], slot: 0)] + others
        return array
    }

    private func stopped(_ members: [MemberEvidence]) -> ArrayEvidence {
        var array = ArrayEvidence(path: "/dev/md0")
        array.state = "inactive"
        array.members = members
        return array
    }

    /// A reshape in place is not started blindly, so that must be told, too.
    @Test(arguments: [Int32(0), -1]) func reshapesThatNeedCopies(delta: Int32) {
        let members = ["a", "b", "c"].enumerated().map { slot, name in
            var block = superblock(5, 3, slot, events: 9)
            block.features.insert(.reshape)
            (block.deltaDisks, block.chunk, block.newChunk) = (delta, Sectors(128), 128)
            block.reshapePosition = 1 << 20
            if delta < 0 { block.raidDisks = 2 }
            return member(name, block)
        }
        let explanation = stopped(members).explanation
        #expect(explanation.verdict == .reshapeStopped)
        #expect(explanation.advice == [
            .assembleFromBackup(
                devices: ["/dev/sda", "/dev/sdb", "/dev/sdc"], isCritical: delta == 0, goesOn: false, isActive: true)
        ])
    }

    @Test func nothingIsTheMatter() {
        var array = degraded([member("b", superblock(1, 2, 1, events: 50), state: ["in_sync"], slot: 1)])
        #expect(array.explanation == Explanation(.ok))
        array.state = "readonly"
        #expect(array.explanation == Explanation(.readOnly(isAutomatic: false), [.readWrite]))
        array.state = "read-auto"
        #expect(array.explanation == Explanation(.readOnly(isAutomatic: true), [.readWrite]))
        (array.state, array.action) = ("active", "check")
        #expect(array.explanation == Explanation(.syncing(action: "check", waiting: nil), [.wait]))
    }

    @Test func aSlotWithoutAnybody() {
        #expect(degraded([]).explanation == Explanation(.degraded(slots: [1]), [.addNew]))
    }

    @Test func aFailedMemberInside() {
        let faulty = member("b", superblock(1, 2, 1, events: 40), state: ["faulty"])
        #expect(degraded([faulty]).explanation == Explanation(.degraded(slots: [1]), [.remove("/dev/sdb"), .addNew]))
        #expect(faulty.explanation(in: degraded([faulty])).verdict == .faulty)
    }

    @Test func aFormerMemberComesBackByTheBitmapOrAsAWhole() {
        var former = member("b", superblock(1, 2, 1, events: 40), inside: false)
        var array = degraded([former])
        #expect(array.explanation == Explanation(.degraded(slots: [1]), [.add("/dev/sdb")]))
        array.members[0].bitmapSince = 40
        #expect(array.explanation == Explanation(.degraded(slots: [1]), [.reAdd("/dev/sdb")]))
        #expect(former.explanation(in: array) == Explanation(.left(.init(events: 10, seconds: 10)), [.reAdd("/dev/sdb")]))
        array.members[0].bitmapSince = 41
        #expect(array.explanation == Explanation(.degraded(slots: [1]), [.add("/dev/sdb")]))
        former.users = ["/home"]
        array.members[1] = former
        #expect(array.explanation.advice == [.addNew])
        #expect(former.explanation(in: array) == Explanation(.inUse))
    }

    @Test func aSpareThatDoesNothing() {
        let spare = member("b", superblock(1, 2, nil, events: 50), state: ["spare"])
        var array = degraded([spare])
        #expect(array.explanation == Explanation(.degraded(slots: [1]), [.start]))
        #expect(spare.explanation(in: array) == Explanation(.spare, [.start]))
        array.isFrozen = true
        #expect(array.explanation.advice == [.resume])
        array.isFrozen = false
        array.state = "read-auto"
        #expect(array.explanation.advice == [.readWrite])
        (array.state, array.action) = ("clean", "recovery")
        #expect(array.explanation == Explanation(.rebuilding(slots: [1], waiting: nil), [.wait]))
    }

    @Test func notStartedAndWhole() {
        let array = stopped([
            member("a", superblock(5, 3, 0, events: 9)), member("b", superblock(5, 3, 1, events: 9)),
            member("c", superblock(5, 3, 2, events: 9), inside: false),
        ])
        let devices = ["/dev/sda", "/dev/sdb", "/dev/sdc"]
        let advice = Explanation.Advice.assemble(devices: devices, isDegraded: false, isActive: true)
        #expect(array.explanation == Explanation(.startsWhole, [advice]))
        #expect(array.members[2].explanation(in: array) == Explanation(.waits, [advice]))
    }

    @Test func notStartedAndEnough() {
        let array = stopped([
            member("a", superblock(5, 3, 0, events: 9)), member("b", superblock(5, 3, 1, events: 9)),
            member("c", superblock(5, 3, 2, events: 4)),
        ])
        let devices = ["/dev/sda", "/dev/sdb"]
        #expect(array.explanation.verdict == .startsDegraded(slots: [2]))
        #expect(array.explanation.advice.last == .assemble(devices: devices, isDegraded: true, isActive: true))
    }

    @Test func onlyAStaleMemberFillsUp() {
        let array = stopped([
            member("a", superblock(5, 3, 0, events: 9)), member("c", superblock(5, 3, 2, events: 4)),
        ])
        #expect(array.explanation.verdict == .startsWithLoss)
        let force = Explanation.Advice.assembleByForce(
            devices: ["/dev/sda", "/dev/sdc"], behind: .init(events: 5, seconds: 5), isUnclean: false, isActive: true)
        #expect(array.explanation.advice.last == force)
    }

    @Test func degradedAndUnclean() {
        let array = stopped([
            member("a", superblock(5, 3, 0, events: 9, clean: false)),
            member("b", superblock(5, 3, 1, events: 9, clean: false)),
        ])
        #expect(array.explanation.verdict == .startsUnclean(slots: [2]))
        let force = Explanation.Advice.assembleByForce(
            devices: ["/dev/sda", "/dev/sdb"], behind: .nothing, isUnclean: true, isActive: true)
        #expect(array.explanation.advice.last == force)
    }

    @Test func tooFewToStart() {
        let array = stopped([member("a", superblock(5, 3, 0, events: 9))])
        #expect(array.explanation == Explanation(.cannotStart(slots: [1, 2]), [.find(slots: [1, 2])]))
        #expect(stopped([]).explanation == Explanation(.unknown))
        #expect(stopped([member("a", nil)]).explanation == Explanation(.unknown))
    }

    /// Whoever runs without enough members is not told to force anything but what is still there.
    @Test func runningWithoutEnough() {
        var array = ArrayEvidence(path: "/dev/md0")
        (array.state, array.level, array.raidDisks) = ("broken", .raid5, 3)
        array.members = [
            member("a", superblock(5, 3, 0, events: 9), state: ["in_sync"], slot: 0),
            member("b", superblock(5, 3, 1, events: 8), state: ["faulty"]),
            member("c", superblock(5, 3, 2, events: 4), state: ["faulty"]),
        ]
        #expect(array.explanation.verdict == .failed(slots: [1, 2]))
        guard case .assembleByForce(let devices, let behind, _, true)? = array.explanation.advice.last else {
            Issue.record("\(array.explanation)")
            return
        }
        #expect(devices == ["/dev/sda", "/dev/sdb"] && behind.events <= 1)
        array.members.removeLast(2)
        #expect(array.explanation.advice == [.find(slots: [1, 2])])
    }

    @Test func devicesOfNoArray() {
        var device = member("x", nil, inside: false)
        #expect(device.explanation(in: nil) == Explanation(.blank))
        device.content = "ext4"
        #expect(device.explanation(in: nil) == Explanation(.foreign))
        device.users = ["dm-0"]
        #expect(device.explanation(in: nil) == Explanation(.inUse))
    }
}
