package import MDBytes

/// mdadm.conf(5) as values. Reading never fails: what cannot be used is kept as a complaint.
package struct Configuration: Hashable, Sendable {
    /// The words of all DEVICE lines in the order of the file; empty where there was none.
    package var devices: [DeviceWord] = []
    package var arrays: [ArrayLine] = []
    /// The first word of the first MAILADDR line.
    package var mailAddress: String?
    /// All words of the first MAILFROM line.
    package var mailFrom: String?
    package var program: String?
    /// Seconds; nil where the file does not say.
    package var monitorDelay: Int?
    package var homeHost: HomeHostLine = .init()
    /// The name of the cluster; empty for `<none>`, nil where the file does not say.
    package var homeCluster: String?
    package var creation: CreationDefaults = .init()
    /// The words of the first AUTO line.
    package var auto: AutoRule?
    package var policies: [PolicyLine] = []
    package var attributes: [AttributeLine] = []
    /// What could not be used, in the order of the file.
    package var complaints: [Complaint] = []

    package init() {}

    /// A word of a DEVICE line.
    package enum DeviceWord: Hashable, Sendable {
        /// A path, possibly with wildcards.
        case path(String)
        /// Every entry of /proc/partitions.
        case partitions
        /// Every active container.
        case containers
    }

    /// The words in force: without a DEVICE line every partition and container.
    package var effectiveDevices: [DeviceWord] { devices.isEmpty ? [.partitions, .containers] : devices }

    /// One ARRAY line: how an array is called and how its members are told.
    package struct ArrayLine: Hashable, Sendable {
        /// The device word as written, `<ignore>` included; nil where the line has none.
        package var path: String?
        package var uuid: UUID?
        package var superMinor: Int?
        /// `devices=`: glob patterns.
        package var devices: [String] = []
        package var level: Level?
        package var raidDisks: Int?
        package var spares: Int?
        package var spareGroup: String?
        /// `metadata=`, a descriptor that is known.
        package var metadata: String?
        package var container: String?
        package var member: String?
        package var bitmap: BitmapChoice = .unspecified

        package init() {}

        /// `<ignore>`: the array is to be left alone.
        package var isIgnored: Bool { path == Self.ignoreWord }

        /// Whether anything on the line tells members from other devices.
        package var hasIdentity: Bool {
            uuid != nil || superMinor != nil || !devices.isEmpty || (container != nil && member != nil)
        }

        static let ignoreWord = "<ignore>"
    }

    /// HOMEHOST
    package struct HomeHostLine: Hashable, Sendable {
        /// The name, empty for `<none>`; nil for this system's own name.
        package var name: String?
        /// `<ignore>`: arrays of other hosts are no strangers.
        package var dropsRequirement = false

        package init() {}
    }

    /// CREATE
    package struct CreationDefaults: Hashable, Sendable {
        package var owner: String?
        package var group: String?
        package var mode: UInt32?
        package var metadata: String?
        package var useNames = false
        package var badBlockLog = true

        package init() {}
    }

    /// POLICY and PART-POLICY; keys in the order of the line.
    package struct PolicyLine: Hashable, Sendable {
        package var isForPartitions: Bool
        package var rules: [Tag]
    }

    /// SYSFS: attributes for an array told by name or uuid.
    package struct AttributeLine: Hashable, Sendable {
        package var name: String?
        package var uuid: UUID?
        package var values: [Tag] = []
    }

    /// `key=value`
    package struct Tag: Hashable, Sendable {
        package var key: String
        package var value: String
    }

    /// Something in the file that has no meaning, with the word that has none.
    package enum Complaint: Hashable, Sendable {
        case unknownKeyword(String)
        case deviceWord(String)
        case arrayName(String, NameFault)
        case arrayWithoutIdentity(String?)
        case arrayWord(String)
        case arrayDuplicate(ArrayTag, word: String)
        case arrayUUID(String)
        case arrayMinor(String)
        case metadata(String, onCreateLine: Bool)
        case createMode(String)
        /// A user or group; whether it exists is for the reader of files to find out.
        case createOwner(String)
        case createGroup(String)
        case createWord(String)
        case policyWord(String)
        case sysfsWord(String)
        case sysfsName(String)
        case sysfsUUID(String)
        /// A second `device` or `uuid`, which does not count.
        case sysfsSecond(String, String)
        case sysfsWithoutArray
        case vendorWord(keyword: String, word: String)
        /// The file is longer than this release reads; the rest was left out.
        case tooLong
    }

    /// What is wrong with the device word of an ARRAY line.
    package enum NameFault: Hashable, Sendable { case alreadyDefined, tooLongOrEmpty }

    /// Tags of an ARRAY line that may stand there once.
    package enum ArrayTag: Hashable, Sendable { case uuid, superMinor, devices, spareGroup, bitmap }
}

extension Configuration {
    /// The home host after `--homehost=` (nil where it was not given), the file and this host's name.
    package func homeHost(asked: String?, hostName: String) -> HomeHost {
        let name = (asked == HomeHost.ignoreWord ? nil : asked) ?? homeHost.name ?? HomeHost.systemWord
        let isDropped = asked == HomeHost.ignoreWord || homeHost.dropsRequirement
        switch name {
        case "", HomeHost.noneWord: return HomeHost(name: nil, isRequired: false)
        case HomeHost.systemWord:
            return HomeHost(name: hostName.isEmpty ? nil : hostName, isRequired: !isDropped)
        default: return HomeHost(name: name, isRequired: !isDropped)
        }
    }

    /// The line for the array operand `path`: `/dev/md0`, `/dev/md/0` and `0` are the same.
    package func array(for path: String) -> ArrayLine? {
        let wanted = Self.comparableName(path)
        return arrays.first { line in line.path.map { Self.comparableName($0) == wanted } ?? false }
    }

    /// A name without `/dev/md/` or `/dev/`, and without `md` in front of a number.
    package static func comparableName(_ path: String) -> String {
        var name = Substring(path)
        if name.hasPrefix("/dev/md/") {
            name = name.dropFirst(8)
        } else if name.hasPrefix("/dev/") {
            name = name.dropFirst(5)
        }
        let rest = name.dropFirst(2)
        if name.hasPrefix("md"), let digit = rest.utf8.first, digit >= 0x30, digit <= 0x39 { name = rest }
        return String(name)
    }

    /// The first two lines that claim the same name, or nil.
    package var duplicateNames: (ArrayLine, ArrayLine)? {
        var seen: [String: ArrayLine] = [:]
        for line in arrays where !line.isIgnored {
            guard let path = line.path else { continue }
            if let earlier = seen[path] { return (earlier, line) }
            seen[path] = line
        }
        return nil
    }
}

extension Configuration {
    /// What SYSFS lines want to be written to an array, in the order of writing: of one line the last word first.
    package func attributes(of path: String, uuid: UUID) -> [Tag] {
        attributes.filter { line in
            line.uuid == uuid || line.name.map { Self.comparableName($0) == Self.comparableName(path) } ?? false
        }.flatMap { $0.values.reversed() }
    }
}

extension HomeHost {
    static let ignoreWord = "<ignore>"
    static let noneWord = "<none>"
    static let systemWord = "<system>"
}
