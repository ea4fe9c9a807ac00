internal import MDFormats

/// Why an array or a device is as it is, and what to do: a verdict, and commands with what each of them costs.
package struct Explanation: Hashable, Sendable {
    package var verdict: Verdict
    /// In the order in which to try them.
    package var advice: [Advice]

    package init(_ verdict: Verdict, _ advice: [Advice] = []) {
        self.verdict = verdict
        self.advice = advice
    }

    /// What is the matter.
    package enum Verdict: Hashable, Sendable {
        /// Nothing: all members are there and agree.
        case ok
        /// All are there; this runs or waits.
        case syncing(action: String, waiting: String?)
        /// All are there, and nothing may be written; `isAutomatic`: until the first write.
        case readOnly(isAutomatic: Bool)
        /// Members of these slots are missing; one is rebuilt or will be.
        case rebuilding(slots: [Int], waiting: String?)
        case degraded(slots: [Int])
        /// The array runs without enough members.
        case failed(slots: [Int])
        /// Not started although every member is there.
        case startsWhole
        /// Not started; without these slots it can be, and nothing is lost.
        case startsDegraded(slots: [Int])
        /// Not started; only members that missed writes can fill it up.
        case startsWithLoss
        /// Not started: it was not shut down clean, and without these slots nobody knows what was being written.
        case startsUnclean(slots: [Int])
        /// Not started: a reshape stopped that needs copies of the data it was moving.
        case reshapeStopped
        /// Too few members are to be found.
        case cannotStart(slots: [Int])
        /// An array without members, or one whose superblocks cannot be read.
        case unknown
        /// The device is a member in this slot and in sync.
        case member(slot: Int)
        case rebuildingMember(slot: Int)
        case spare, journal, faulty
        /// The device was a member, and its array runs without it.
        case left(Behind)
        /// The device belongs to an array that does not run.
        case waits
        /// Somebody uses the device for something else.
        case inUse
        /// Something that is not md lies on it.
        case foreign
        case blank
    }

    /// How far a member is behind the freshest one.
    package struct Behind: Hashable, Comparable, Sendable {
        package var events: UInt64
        /// Between the last writes of the superblocks.
        package var seconds: UInt64

        package init(events: UInt64, seconds: UInt64) {
            self.events = events
            self.seconds = seconds
        }

        package static let nothing = Behind(events: 0, seconds: 0)

        package static func < (left: Behind, right: Behind) -> Bool { left.events < right.events }
    }

    /// A command, or what to look for.
    package enum Advice: Hashable, Sendable {
        case wait, resume, start, readWrite
        case assemble(devices: [String], isDegraded: Bool, isActive: Bool)
        /// What was written in that time is lost, and what was half written stays so.
        case assembleByForce(devices: [String], behind: Behind, isUnclean: Bool, isActive: Bool)
        /// `isCritical`: what was being moved when the reshape stopped is put back. `goesOn`: so does the reshape;
        /// others wait, with the array read-only.
        case assembleFromBackup(devices: [String], isCritical: Bool, goesOn: Bool, isActive: Bool)
        /// Only what was written meanwhile is copied.
        case reAdd(String)
        /// The device is rebuilt as a whole; what is on it now goes.
        case add(String)
        /// What is on the new device goes.
        case addNew
        case remove(String)
        case find(slots: [Int])
    }

    /// A member beside the others.
    package struct Row: Hashable, Sendable {
        package var path: String
        package var role: Role
        package var slot: Int?
        package var events: UInt64?
        /// Seconds since the epoch.
        package var updateTime: UInt64?
        package var behind: Behind?
        /// Whether the array has it.
        package var isIncluded: Bool
        /// The driver's words for it.
        package var state: [String]
        /// What uses it that is not the array: kernel names and mount points.
        package var users: [String]

        package init(_ member: MemberEvidence, freshest: MemberEvidence?) {
            path = member.path
            role = member.role
            slot = member.slot
            events = member.superblock?.events
            updateTime = member.superblock?.updateTime
            behind = freshest.flatMap { member.behind($0) }
            isIncluded = member.isIncluded
            state = member.state.sorted()
            users = member.users
        }
    }

    /// What a device is to its array.
    package enum Role: String, Hashable, Sendable { case active, rebuilding, spare, faulty, journal, outside, none }
}
