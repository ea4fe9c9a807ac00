internal import MDBytes

extension Configuration {
    /// Longer files are cut here: nobody writes them, and every word costs memory.
    package static let byteLimit = 1 << 20

    /// Reads one file behind those that were read before.
    package mutating func read(_ bytes: [UInt8]) {
        for entry in ConfigurationLexer.entries(of: Array(bytes.prefix(Self.byteLimit))) {
            read(keyword: entry[0], Array(entry.dropFirst()))
        }
        if bytes.count > Self.byteLimit { complaints.append(.tooLong) }
    }

    /// The keywords in the order in which an abbreviation finds them.
    private enum Keyword: String, CaseIterable {
        case devices, array, mailaddr, mailfrom, program, create, homehost, homecluster, auto, policy
        case partPolicy = "part-policy"
        case sysfs, monitordelay
        case encryption = "encryption_no_verify"
        case probing

        /// Case does not matter, three letters are enough.
        init?(abbreviated word: String) {
            let lower = word.lowercased()
            guard lower.utf8.count >= 3,
                let match = Self.allCases.first(where: { $0.rawValue.hasPrefix(lower) })
            else { return nil }
            self = match
        }
    }

    private mutating func read(keyword word: String, _ words: [String]) {
        guard let keyword = Keyword(abbreviated: word) else {
            complaints.append(.unknownKeyword(word))
            return
        }
        switch keyword {
        case .devices: for word in words { read(device: word) }
        case .array: read(array: words)
        case .mailaddr: mailAddress = mailAddress ?? words.first
        case .mailfrom: if mailFrom == nil, !words.isEmpty { mailFrom = words.joined(separator: " ") }
        case .program: program = program ?? words.first
        case .create: for word in words { read(creation: word) }
        case .homehost: for word in words { read(homeHost: word) }
        case .homecluster: homeCluster = homeCluster ?? words.first.map { $0 == HomeHost.noneWord ? "" : $0 }
        case .auto: auto = auto ?? AutoRule(words: words)
        case .policy: read(policy: words, isForPartitions: false)
        case .partPolicy: read(policy: words, isForPartitions: true)
        case .sysfs: read(attributes: words)
        case .monitordelay: monitorDelay = monitorDelay ?? words.first.flatMap { Int($0) }
        case .encryption: checkVendor("ENCRYPTION_NO_VERIFY", words, known: "sata_opal")
        case .probing: checkVendor("PROBING", words, known: "ddf_extended")
        }
    }

    private mutating func read(device word: String) {
        if word.hasPrefix("/") {
            devices.append(.path(word))
        } else if word.lowercased() == "partitions" {
            devices.append(.partitions)
        } else if word.lowercased() == "containers" {
            devices.append(.containers)
        } else {
            complaints.append(.deviceWord(word))
        }
    }

    private mutating func read(homeHost word: String) {
        if word.lowercased() == HomeHost.ignoreWord {
            homeHost.dropsRequirement = true
        } else if homeHost.name == nil {
            homeHost.name = word == HomeHost.noneWord ? "" : word
        }
    }

    private mutating func read(creation word: String) {
        let (key, value) = Self.split(word)
        // Of the answers case does not matter.
        switch (key, key == "names" || key == "bbl" ? value?.lowercased() : value) {
        case ("auto", _?): return
        case ("owner", let value?):
            creation.owner = value
            if !Self.isNumber(value) { complaints.append(.createOwner(value)) }
        case ("group", let value?):
            creation.group = value
            if !Self.isNumber(value) { complaints.append(.createGroup(value)) }
        case ("mode", let value?):
            creation.mode = UInt32(value, radix: 8) ?? 0o600
            if UInt32(value, radix: 8) == nil { complaints.append(.createMode(value)) }
        // The first one counts; what follows is not even looked at.
        case ("metadata", _?) where creation.metadata != nil: return
        case ("metadata", ""): creation.metadata = "0.90"
        case ("metadata", let value?):
            if MetadataWord(value) != nil {
                creation.metadata = value
            } else {
                complaints.append(.metadata(value, onCreateLine: true))
            }
        case ("names", "yes"): creation.useNames = true
        case ("names", "no"): creation.useNames = false
        case ("bbl", "yes"): creation.badBlockLog = true
        case ("bbl", "no"): creation.badBlockLog = false
        default: complaints.append(.createWord(word))
        }
    }

    private mutating func read(policy words: [String], isForPartitions: Bool) {
        var rules: [Tag] = []
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let known = ["path", "type", "metadata", "action", "domain", "auto"]
            guard parts.count == 2, known.contains(String(parts[0])) else {
                complaints.append(.policyWord(word))
                continue
            }
            rules.append(Tag(key: String(parts[0]), value: String(parts[1])))
        }
        policies.append(PolicyLine(isForPartitions: isForPartitions, rules: rules))
    }

    private mutating func read(attributes words: [String]) {
        var line = AttributeLine()
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                complaints.append(.sysfsWord(word))
                continue
            }
            switch parts[0].lowercased() {
            case "name":
                guard parts[1].hasPrefix("/dev/md/") else {
                    complaints.append(.sysfsName(String(parts[1])))
                    continue
                }
                if line.name != nil { complaints.append(.sysfsSecond("device", String(parts[1]))) }
                line.name = line.name ?? String(parts[1])
            case "uuid":
                if line.uuid != nil {
                    complaints.append(.sysfsSecond("uuid", String(parts[1])))
                    continue
                }
                line.uuid = UUID(parsing: parts[1])
                if line.uuid == nil { complaints.append(.sysfsUUID(String(parts[1]))) }
            case _ where parts[1].isEmpty: complaints.append(.sysfsWord(word))
            default: line.values.append(Tag(key: String(parts[0]), value: String(parts[1])))
            }
        }
        guard line.name != nil || line.uuid != nil else {
            complaints.append(.sysfsWithoutArray)
            return
        }
        attributes.append(line)
    }

    /// Whether strtol(3) takes all of it.
    private static func isNumber(_ word: String) -> Bool { Int(word) != nil }

    private mutating func checkVendor(_ keyword: String, _ words: [String], known: String) {
        for word in words where word.lowercased() != known {
            complaints.append(.vendorWord(keyword: keyword, word: word))
        }
    }

    /// The lower-case key in front of `=` and the text behind it; no text where there is no `=`.
    private static func split(_ word: String) -> (key: String, value: String?) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (parts.first?.lowercased() ?? "", parts.count == 2 ? String(parts[1]) : nil)
    }
}

extension Configuration {
    private mutating func read(array words: [String]) {
        var line = ArrayLine()
        for word in words {
            if word.hasPrefix("/") || !word.contains("=") {
                read(name: word, into: &line)
            } else {
                let (key, value) = Self.split(word)
                read(tag: key, value ?? "", word, into: &line)
            }
        }
        if line.hasIdentity {
            arrays.append(line)
        } else {
            complaints.append(.arrayWithoutIdentity(line.path))
        }
    }

    private mutating func read(name word: String, into line: inout ArrayLine) {
        guard line.path == nil else { return complaints.append(.arrayName(word, .alreadyDefined)) }
        let name = word.hasPrefix("/dev/md/") ? String(word.dropFirst(8)) : word
        guard (1...32).contains(name.utf8.count) else {
            return complaints.append(.arrayName(name, .tooLongOrEmpty))
        }
        line.path = word
    }

    private mutating func read(tag key: String, _ value: String, _ word: String, into line: inout ArrayLine) {
        switch key {
        case "uuid":
            guard line.uuid == nil else { return complaints.append(.arrayDuplicate(.uuid, word: word)) }
            line.uuid = UUID(parsing: value)
            if line.uuid == nil { complaints.append(.arrayUUID(word)) }
        case "super-minor":
            guard line.superMinor == nil else {
                return complaints.append(.arrayDuplicate(.superMinor, word: word))
            }
            line.superMinor = Int32(value).flatMap { $0 >= 0 ? Int($0) : nil }
            if line.superMinor == nil { complaints.append(.arrayMinor(word)) }
        case "devices":
            guard line.devices.isEmpty else {
                return complaints.append(.arrayDuplicate(.devices, word: word))
            }
            // Nothing is a pattern, too: one that no path matches.
            line.devices = value.split(separator: ",").map(String.init)
            if line.devices.isEmpty { line.devices = [""] }
        case "level": line.level = Level(named: value)
        case "num-devices", "disks": line.raidDisks = Int(value)
        case "spares": line.spares = Int(value)
        case "metadata" where line.metadata != nil: return
        case "metadata":
            if MetadataWord(value) != nil {
                line.metadata = value
            } else {
                complaints.append(.metadata(value, onCreateLine: false))
            }
        case "container": line.container = value
        case "member": line.member = value
        case "name", "auto": return
        default: read(rareTag: key, value, word, into: &line)
        }
    }

    private mutating func read(
        rareTag key: String, _ value: String, _ word: String, into line: inout ArrayLine
    ) {
        switch key {
        case "spare-group":
            guard line.spareGroup == nil else {
                return complaints.append(.arrayDuplicate(.spareGroup, word: word))
            }
            line.spareGroup = value
        case "bitmap":
            guard line.bitmap == .unspecified else {
                return complaints.append(.arrayDuplicate(.bitmap, word: word))
            }
            // Bitmaps in files are gone; their paths are read over.
            switch value.lowercased() {
            case "none": line.bitmap = .none
            case "internal": line.bitmap = .internal
            case "clustered": line.bitmap = .clustered
            default: return
            }
        default: complaints.append(.arrayWord(word))
        }
    }
}
