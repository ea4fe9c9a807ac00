internal import MDBytes
internal import MDFormats
internal import MDKernel

/// Making and unmaking arrays in the driver, and telling the world.
extension Machine {
    /// `mdN` or `md_name` to new_array.
    mutating func makeNamedArray(_ text: String) throws(Refusal) {
        guard text.utf8.count < 32 else { throw Refusal(Errno(rawValue: 7)) }
        if text.hasPrefix("md_") {
            guard !arrays.contains(where: { $0.name == text }) else { throw Refusal(.exists) }
            var minor: UInt32 = 512
            while arrays.contains(where: { $0.minor == minor }) { minor += 1 }
            return try makeArray(minor: minor, name: text, hold: .untilStop)
        }
        guard text.hasPrefix("md"), let minor = UInt32(text.dropFirst(2)), minor < 1 << 20 else {
            throw Refusal(.invalid)
        }
        try makeArray(minor: minor, name: "md\(minor)", hold: .untilControl)
    }

    mutating func makeArray(minor: UInt32, name: String, hold: MDArray.Hold) throws(Refusal) {
        guard !arrays.contains(where: { $0.minor == minor }) else { throw Refusal(.exists) }
        arrays.append(MDArray(minor: minor, name: name, hold: hold))
        let number = DeviceNumber(major: Self.mdMajor, minor: minor)
        files["/dev/" + name] = .device(number, mode: 0o660)
        announce("add", number)
        arraysChanged()
    }

    /// The array goes when nothing uses it and it has no configuration.
    mutating func dropIfUnused(_ number: DeviceNumber) {
        guard let index = arrayIndex(number) else { return }
        let array = arrays[index]
        let isOpen = handles.contains { $0.target == .device(number) }
        guard !isOpen, array.raidDisks == 0, array.members.isEmpty, array.creationTime == 0,
            array.hold == .none
        else { return }
        announce("remove", number)
        arrays.remove(at: index)
        if case .device(number, _) = files["/dev/" + array.name] { files["/dev/" + array.name] = nil }
        removeLinksOfUdev(to: array.name)
        arraysChanged()
    }

    /// A uevent about a block device, and what udev makes of it.
    mutating func announce(_ action: String, _ number: DeviceNumber, _ more: [String: String] = [:]) {
        guard let name = name(of: number) else { return }
        var properties = [
            "ACTION": action, "SUBSYSTEM": "block", "DEVNAME": name,
            "DEVTYPE": drive(number)?.parent == nil ? "disk" : "partition",
            "MAJOR": "\(number.major)", "MINOR": "\(number.minor)",
            "DEVPATH": String(sysfsHome(of: number).dropFirst(4)),
        ]
        properties.merge(more) { _, new in new }
        emit(action, properties)
        if settings.hasUdev, action != "remove" { makeLinksOfUdev(for: number, name: name) }
    }

    /// The rules of mdadm make the name that the map knows, unless the array is still being created.
    private mutating func makeLinksOfUdev(for number: DeviceNumber, name: String) {
        guard !settings.udevIsBusy, let index = arrayIndex(number), arrays[index].personality != nil,
            files["/run/mdadm/creating-\(name)"] == nil,
            case .file(let bytes, _) = files["/run/mdadm/map"]
        else { return }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 4, words[0] == name, words[3].hasPrefix("/dev/md/") else { continue }
            files.makeParents(of: String(words[3]))
            files[String(words[3])] = .link("../" + name)
        }
    }

    private mutating func removeLinksOfUdev(to name: String) {
        guard settings.hasUdev else { return }
        for (path, node) in files.all where path.hasPrefix("/dev/md/") && node == .link("../" + name) {
            files[path] = nil
        }
    }
}
