package import MDBytes

/// What the kernel announces to the other nodes when one of them adds a disk: which disk and under which
/// device number.
package struct AddDeviceEvent: Hashable, Sendable {
    /// The disk's own uuid, blkid's UUID_SUB.
    package let uuid: UUID
    /// The device number. The uevent calls it RAID_DISK, but it is no slot.
    package let number: Int

    package init(uuid: UUID, number: Int) {
        self.uuid = uuid
        self.number = number
    }

    /// Why values do not make an event.
    package enum Defect: Error, Hashable, Sendable {
        /// Neither options nor a uevent's environment.
        case absent
        /// EVENT is something else.
        case otherEvent(String)
        case badUUID(String)
        case badNumber(String)
    }

    /// Takes `uuid` and `number` where they are given, and what is missing from a uevent's environment.
    /// The values come from outside: the uuid must be 32 hex digits, the number decimal and small.
    package init(uuid: UUID?, number: Int?, environment: (String) -> String?) throws(Defect) {
        if let uuid, let number {
            guard (0..<ConfirmOperand.numberLimit).contains(number) else { throw .badNumber("\(number)") }
            self.init(uuid: uuid, number: number)
            return
        }
        guard let event = environment("EVENT") else { throw .absent }
        guard event == "ADD_DEVICE" else { throw .otherEvent(event) }
        let uuidText = environment("DEVICE_UUID") ?? ""
        guard let found = uuid ?? UUID(parsing: uuidText), !found.isZero else { throw .badUUID(uuidText) }
        let numberText = environment("RAID_DISK") ?? ""
        guard let place = number ?? ConfirmOperand.number(numberText) else { throw .badNumber(numberText) }
        self.init(uuid: found, number: place)
    }
}

/// How long a node has to answer that it sees a new disk.
package enum ConfirmWindow {
    /// NEW_DEV_TIMEOUT of md-cluster: jiffies, whatever those are.
    package static let jiffies = 5000
    /// The shortest window any Linux has, for one that does not tell its timer frequency.
    package static let fastestTimer = 1000

    /// The kernel's own window.
    package static func length(timerFrequency: Int?) -> Milliseconds {
        let frequency = timerFrequency ?? fastestTimer
        return Milliseconds(jiffies * 1000 / min(max(frequency, 24), 10_000))
    }

    /// How long to look for the disk: four fifths of the window, so that a "no" still arrives in time.
    package static func search(timerFrequency: Int?) -> Milliseconds {
        Milliseconds(length(timerFrequency: timerFrequency).rawValue / 5 * 4)
    }
}

/// What a disk must be for a node to confirm it.
package struct CandidateCheck: Hashable, Sendable {
    package let array: UUID
    package let event: AddDeviceEvent
    /// Sectors that each member gives to the array.
    package let componentSize: Sectors

    package init(array: UUID, event: AddDeviceEvent, componentSize: Sectors) {
        self.array = array
        self.event = event
        self.componentSize = componentSize
    }

    /// The first thing that is wrong with a disk.
    package enum Fault: Error, Hashable, Sendable {
        case otherDisk
        /// It has the array's uuid and the announced number, but this uuid of its own: another node's mdadm
        /// writes a new one when it confirms. It may as well be what an earlier add left on another disk.
        case otherUUID(UUID)
        case otherArray(UUID)
        case otherNumber(Int)
        case tooSmall(Sectors)
    }

    /// Whether a disk with these marks is the announced one and can be confirmed; throws what is wrong with it.
    package func judge(
        arrayUUID: UUID, deviceUUID: UUID, number: Int, dataSize: Sectors
    ) throws(Fault) {
        guard deviceUUID == event.uuid else {
            throw arrayUUID == array && number == event.number ? .otherUUID(deviceUUID) : .otherDisk
        }
        guard arrayUUID == array else { throw .otherArray(arrayUUID) }
        guard number == event.number else { throw .otherNumber(number) }
        guard dataSize >= componentSize else { throw .tooSmall(dataSize) }
    }
}
