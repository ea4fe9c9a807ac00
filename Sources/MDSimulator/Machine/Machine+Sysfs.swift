internal import MDBytes
internal import MDKernel

/// sysfs, computed from the state. Disks live below /sys/devices/sim, arrays below
/// /sys/devices/virtual, and /sys/block and /sys/dev/block link to them.
extension Machine {
    private static let parameters = ["new_array", "start_ro", "start_dirty_degraded", "create_on_open"]

    /// The directory of a block device.
    func sysfsHome(of number: DeviceNumber) -> String {
        if let index = arrayIndex(number) { return "/sys/devices/virtual/block/" + arrays[index].name }
        guard let drive = drive(number) else { return "/sys/devices/sim/block/none" }
        let parent = drive.parent.flatMap { self.drive($0) }.map { $0.name + "/" } ?? ""
        return "/sys/devices/sim/block/" + parent + drive.name
    }

    private var blockNames: [String] {
        drives.filter { $0.parent == nil && !$0.isGone }.map(\.name) + arrays.map(\.name)
    }

    private func number(named name: String) -> DeviceNumber? {
        if let array = arrays.first(where: { $0.name == name }) { return array.device }
        return drives.first { $0.name == name && !$0.isGone }?.number
    }

    func sysfsEntry(_ parts: [String]) -> Entry? {
        if sysfsDirectoryNames(parts) != nil { return .directory }
        if let link = sysfsLink(parts) { return .link(link) }
        return sysfsFileMode(parts).map { .file(mode: $0) }
    }

    func sysfsNames(_ parts: [String]) -> [String] { sysfsDirectoryNames(parts) ?? [] }

    /// The names in a directory; nil where `parts` is none.
    private func sysfsDirectoryNames(_ parts: [String]) -> [String]? {
        switch parts.dropFirst() {
        case []: return ["block", "class", "dev", "devices", "module"]
        case ["class"]: return ["block"]
        case ["class", "block"]: return drives.filter { !$0.isGone }.map(\.name) + arrays.map(\.name)
        case ["block"]: return blockNames
        case ["dev"]: return ["block"]
        case ["dev", "block"]:
            return drives.filter { !$0.isGone }.map { "\($0.number)" } + arrays.map { "\($0.device)" }
        case ["devices"]: return ["sim", "virtual"]
        case ["devices", "sim"], ["devices", "virtual"]: return ["block"]
        case ["devices", "sim", "block"]:
            return drives.filter { $0.parent == nil && !$0.isGone }.map(\.name)
        case ["devices", "virtual", "block"]: return arrays.map(\.name)
        case ["module"]: return modules
        default: break
        }
        if parts.count >= 3, parts[1] == "module", modules.contains(parts[2]) {
            if parts.count == 3 { return parts[2] == "md_mod" ? ["parameters"] : [] }
            return parts.count == 4 && parts[2] == "md_mod" && parts[3] == "parameters" ? Self.parameters : nil
        }
        guard let (number, rest) = device(parts) else { return nil }
        return namesBelow(number, rest)
    }

    /// The block device whose directory `parts` lie in, and what follows.
    private func device(_ parts: [String]) -> (DeviceNumber, [String])? {
        guard parts.count >= 5, parts[1] == "devices", parts[3] == "block",
            let number = number(named: parts[4]),
            (number.major == Self.mdMajor) == (parts[2] == "virtual"), drive(number)?.parent == nil
        else { return nil }
        if parts.count >= 6, let partition = drives.first(where: { $0.name == parts[5] && $0.parent == number }) {
            return (partition.number, Array(parts.dropFirst(6)))
        }
        return (number, Array(parts.dropFirst(5)))
    }

    private func namesBelow(_ number: DeviceNumber, _ rest: [String]) -> [String]? {
        switch rest {
        case []:
            var names = ["dev", "size", "ro", "removable", "uevent", "holders", "slaves"]
            if drive(number)?.parent == nil { names += ["queue"] } else { names += ["partition", "start"] }
            if drive(number)?.wwid != nil { names.append("wwid") }
            names += drives.filter { $0.parent == number }.map(\.name)
            return arrayIndex(number) == nil ? names : names + ["md"]
        case ["queue"]: return ["logical_block_size", "physical_block_size", "rotational"]
        case ["holders"]:
            return arrays.filter { $0.memberIndex(number) != nil }.map(\.name)
        case ["slaves"]:
            return arrayIndex(number).map { arrays[$0].members.map(\.name) } ?? []
        default: break
        }
        guard let index = arrayIndex(number), rest.first == "md" else { return nil }
        let array = arrays[index]
        if rest.count == 1 {
            let links = array.members.filter { $0.slot >= 0 && array.personality != nil }.map { "rd\($0.slot)" }
            return attributeNames(array) + ["bitmap"] + array.members.map { "dev-" + $0.name } + links
        }
        if rest == ["md", "bitmap"] { return Self.bitmapAttributes }
        guard rest.count == 2, member(rest[1], array) != nil else { return nil }
        return Self.memberAttributes + ["block"]
    }

    private func member(_ directory: String, _ array: MDArray) -> MDMember? {
        guard directory.hasPrefix("dev-") else { return nil }
        return array.members.first { $0.name == directory.dropFirst(4) }
    }

    private func sysfsLink(_ parts: [String]) -> String? {
        if parts.count == 3, parts[1] == "block", let number = number(named: parts[2]),
            drive(number)?.parent == nil
        {
            return ".." + sysfsHome(of: number).dropFirst(4)
        }
        if parts.count == 4, parts[1] == "class", let number = number(named: parts[3]) {
            return "../.." + sysfsHome(of: number).dropFirst(4)
        }
        if parts.count == 4, parts[1] == "dev", let number = DeviceNumber(parts[3]), name(of: number) != nil {
            return "../.." + sysfsHome(of: number).dropFirst(4)
        }
        guard let (number, rest) = device(parts) else { return nil }
        if rest.count == 2, rest[0] == "holders" || rest[0] == "slaves",
            namesBelow(number, [rest[0]])?.contains(rest[1]) == true,
            let other = self.number(named: rest[1])
        {
            return sysfsHome(of: other)
        }
        guard let index = arrayIndex(number), rest.first == "md" else { return nil }
        let array = arrays[index]
        if rest.count == 2, rest[1].hasPrefix("rd"), let slot = Int(rest[1].dropFirst(2)),
            let member = array.members.first(where: { $0.slot == slot }), array.personality != nil
        {
            return "dev-" + member.name
        }
        if rest.count == 3, rest[2] == "block", let member = member(rest[1], array) {
            return sysfsHome(of: member.device)
        }
        return nil
    }

    private func sysfsFileMode(_ parts: [String]) -> UInt32? {
        guard parts.count > 2, let parent = sysfsDirectoryNames(parts.dropLast()),
            let name = parts.last, parent.contains(name)
        else { return nil }
        if parts[1] == "module" { return name == "new_array" ? 0o200 : 0o644 }
        return 0o644
    }

    /// The text of a file without its newline; nil where it cannot be read.
    func sysfsText(_ parts: [String]) -> String? {
        if parts.count == 5, parts[1] == "module" {
            switch parts[4] {
            case "start_ro": return settings.startsReadOnly ? "1" : "0"
            case "start_dirty_degraded": return settings.startsDirtyDegraded ? "1" : "0"
            case "create_on_open": return "Y"
            default: return nil
            }
        }
        guard let (number, rest) = device(parts) else { return nil }
        if let index = arrayIndex(number), rest.first == "md" {
            let array = arrays[index]
            if rest.count == 2 { return attribute(rest[1], array) }
            guard rest.count == 3 else { return nil }
            if rest[1] == "bitmap" { return bitmapAttribute(rest[2], array) }
            return member(rest[1], array).flatMap { memberAttribute(rest[2], $0) }
        }
        return deviceText(number, rest.joined(separator: "/"))
    }

    private func deviceText(_ number: DeviceNumber, _ file: String) -> String? {
        let drive = drive(number)
        switch file {
        case "dev": return "\(number)"
        case "size": return "\(size(of: number)?.sectors.rawValue ?? 0)"
        case "ro":
            if let index = arrayIndex(number) { return arrays[index].mode == .readOnly ? "1" : "0" }
            return drive?.isReadOnly == true ? "1" : "0"
        case "removable": return "0"
        case "wwid": return drive?.wwid
        case "queue/logical_block_size": return "\(drive?.disk.logicalBlockSize ?? 512)"
        case "queue/physical_block_size": return "\(drive?.disk.logicalBlockSize ?? 512)"
        case "queue/rotational": return "0"
        case "partition": return name(of: number).flatMap { $0.last.map(String.init) }
        case "start": return "\(drive?.start.sectors.rawValue ?? 0)"
        case "uevent":
            let kind = drive?.parent == nil ? "disk" : "partition"
            return "MAJOR=\(number.major)\nMINOR=\(number.minor)\nDEVNAME=\(name(of: number) ?? "")\n"
                + "DEVTYPE=\(kind)"
        default: return nil
        }
    }

    mutating func storeSysfs(_ text: String, _ parts: [String]) throws(Refusal) {
        if parts.count == 5, parts[1] == "module" {
            switch parts[4] {
            case "new_array": return try makeNamedArray(text)
            case "start_ro": return settings.startsReadOnly = text == "1"
            case "start_dirty_degraded": return settings.startsDirtyDegraded = text == "1"
            default: throw Refusal(.accessDenied)
            }
        }
        guard let (number, rest) = device(parts) else { throw Refusal(.accessDenied) }
        if rest == ["uevent"] { return announce(text, number, ["SYNTH_UUID": "0"]) }
        guard let index = arrayIndex(number), rest.first == "md" else { throw Refusal(.accessDenied) }
        if rest.count == 2 { return try store(text, in: rest[1], index) }
        guard rest.count == 3 else { throw Refusal(.accessDenied) }
        if rest[1] == "bitmap" { throw Refusal(.invalid) }
        guard let place = arrays[index].members.firstIndex(where: { "dev-" + $0.name == rest[1] }) else {
            throw Refusal(.noSuchDevice)
        }
        try store(text, inMember: rest[2], place, index)
    }

    private mutating func store(_ text: String, inMember file: String, _ place: Int, _ index: Int)
        throws(Refusal)
    {
        switch file {
        case "state": try setState(text, of: place, index)
        case "slot": try setSlot(text, of: place, index)
        case "errors":
            guard let count = UInt32(text) else { throw Refusal(.invalid) }
            arrays[index].members[place].correctedReads = count
        case "offset":
            guard let offset = UInt64(text) else { throw Refusal(.invalid) }
            guard arrays[index].personality == nil else { throw Refusal(.busy) }
            arrays[index].members[place].dataOffset = offset
        default: throw Refusal(.invalid)
        }
    }
}
