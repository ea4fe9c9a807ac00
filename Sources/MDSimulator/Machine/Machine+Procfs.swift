internal import MDBytes
internal import MDFormats
internal import MDKernel

/// procfs.
extension Machine {
    func procText(_ path: String) -> String? {
        switch path {
        case "/proc/mdstat": return modules.contains("md_mod") ? mdstat : nil
        case "/proc/partitions": return partitions
        case "/proc/mounts", "/proc/swaps": return ""
        case "/proc/modules": return modules.map { "\($0) 4096 0 - Live 0x0000000000000000\n" }.joined()
        case "/proc/sys/kernel/random/boot_id": return "00000000-0000-4000-8000-000000000000\n"
        case "/proc/cmdline": return "\n"
        default: return nil
        }
    }

    private var partitions: String {
        var text = "major minor  #blocks  name\n\n"
        let all = drives.filter { !$0.isGone }.map(\.number)
            + arrays.filter { $0.personality != nil }.map(\.device)
        for number in all {
            let blocks = (size(of: number)?.rawValue ?? 0) / 1024
            text += "\(padded(number.major, 4)) \(padded(number.minor, 8)) \(padded(blocks, 10)) "
                + "\(name(of: number) ?? "")\n"
        }
        return text
    }

    private func padded(_ number: some BinaryInteger, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: " ", count: max(0, width - digits.count)) + digits
    }

    private var mdstat: String {
        let known: [(String, String)] = [
            ("linear", "[linear] "), ("raid0", "[raid0] "), ("raid1", "[raid1] "),
            ("raid456", "[raid6] [raid5] [raid4] "), ("raid10", "[raid10] "),
        ]
        var text = "Personalities : "
        for module in modules { text += known.first { $0.0 == module }?.1 ?? "" }
        text += "\n"
        for array in arrays.reversed()
        where array.personality != nil || array.raidDisks > 0 || !array.members.isEmpty {
            text += paragraph(array)
        }
        return text + "unused devices: <none>\n"
    }

    private func paragraph(_ array: MDArray) -> String {
        var text = "\(array.name) : \(array.personality == nil ? "in" : "")active"
        if let personality = array.personality {
            if array.mode == .readOnly { text += " (read-only)" }
            if array.mode == .autoReadOnly { text += " (auto-read-only)" }
            text += " " + personality.rawValue
        }
        for member in array.members { text += " " + memberWord(member) }
        if !array.members.isEmpty {
            let sectors = array.personality == nil
                ? array.members.map(\.sectors).reduce(0, &+) : array.arraySectors
            text += "\n      \(sectors / 2) blocks"
        }
        if !array.isPersistent {
            text += array.externalType.map { " super external:" + $0 } ?? " super non-persistent"
        } else if array.majorVersion != 0 || array.minorVersion != 90 {
            text += " super \(array.majorVersion).\(array.minorVersion)"
        }
        guard let personality = array.personality else { return text + "\n       \n" }
        text += shape(personality, array) + "\n      "
        let progress = syncLine(array)
        if !progress.isEmpty { text += progress + "\n      " }
        return text + bitmapLine(array) + "\n"
    }

    private func memberWord(_ member: MDMember) -> String {
        var word = "\(member.name)[\(member.number)]"
        if member.flags.contains(.writeMostly) { word += "(W)" }
        if member.flags.contains(.journal) { word += "(J)" }
        if member.flags.contains(.faulty) { return word + "(F)" }
        if member.slot < 0 { word += "(S)" }
        if member.flags.contains(.replacement) { word += "(R)" }
        return word
    }

    private func shape(_ personality: Personality, _ array: MDArray) -> String {
        var text = ""
        switch personality {
        case .linear: return " \(array.chunk / 2)k rounding"
        case .raid0: return " \(array.chunk / 2)k chunks"
        case .raid4, .raid5, .raid6:
            text = " level \(array.level), \(array.chunk / 2)k chunk, algorithm \(array.layout)"
        case .raid10:
            let near = Int(array.layout & 0xff)
            let far = Int(array.layout >> 8 & 0xff)
            if near < array.raidDisks { text += " \(array.chunk / 2)K chunks" }
            if near > 1 { text += " \(near) near-copies" }
            if far > 1 { text += " \(far) " + (array.layout >> 16 & 1 == 1 ? "offset" : "far") + "-copies" }
        case .raid1: break
        }
        let ups = (0..<array.raidDisks).map { slot in
            array.members.contains { $0.slot == slot && $0.flags.contains(.inSync) } ? "U" : "_"
        }
        return text + " [\(array.raidDisks)/\(array.raidDisks - array.degraded)] [\(ups.joined())]"
    }

    private func syncLine(_ array: MDArray) -> String {
        guard array.personality?.hasSpares == true else { return "" }
        guard let sync = array.sync else {
            if array.isSyncedRemotely { return array.dueSync == .recover ? "\trecover=REMOTE" : "\tresync=REMOTE" }
            return array.resyncOffset < MDArray.end ? "\tresync=PENDING" : ""
        }
        let position = sync.position(at: clock, speed: settings.syncSpeed)
        let thousandths = (position >> 10) * 1000 / ((sync.end >> 10) + 1)
        let bar = Int(thousandths / 50)
        let word = sync.kind == .recover ? "recovery" : sync.kind == .check ? "check" : "resync"
        let seconds = (sync.end - position) / max(settings.syncSpeed * 1000, 1)
        return "[\(String(repeating: "=", count: bar))>\(String(repeating: ".", count: 20 - bar))] "
            + " \(word) =\(padded(thousandths / 10, 3)).\(thousandths % 10)% "
            + "(\(position / 2)/\(sync.end / 2)) finish=\(seconds / 60).\(seconds % 60 / 6)min "
            + "speed=\(settings.syncSpeed * 500)K/sec"
    }

    private func bitmapLine(_ array: MDArray) -> String {
        guard let bitmap = array.bitmap else { return "" }
        let chunk = UInt64(bitmap.header.chunk)
        let unit = chunk >= 1024 ? "\(chunk / 1024)KB" : "\(chunk)B"
        let pages = ((bitmap.header.bitCount ?? 0) + 2047) / 2048
        let used = bitmap.isCleared ? 0 : pages
        return "bitmap: \(used)/\(pages) pages [\(used * 4)KB], \(unit) chunk\n"
    }
}
