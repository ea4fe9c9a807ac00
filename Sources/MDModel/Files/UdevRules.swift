/// The udev rules that `--udev-rules` makes of POLICY and PART-POLICY lines: devices in places whose disks may become
/// spares are given to `--incremental`.
package enum UdevRules {
    /// The rules, each a line; `program` is the path they run. The newest line of the configuration comes first, and
    /// a place gets no second rule; only a PART-POLICY line leaves room for an older POLICY line. As mdadm has it, the
    /// last word of a kind counts.
    package static func lines(for policies: [Configuration.PolicyLine], program: String) -> [String] {
        var (seen, seenOfPartitions): (Set<String>, Set<String>) = ([], [])
        var lines: [String] = []
        for policy in policies.reversed() {
            guard let place = policy.values(of: "path").last, let action = policy.values(of: "action").last,
                // A word that is unknown ranks above all others.
                DevicePolicy.Action(rawValue: action)?.makesSpares ?? true,
                !seen.contains(place), !policy.isForPartitions || !seenOfPartitions.contains(place)
            else { continue }
            if policy.isForPartitions { seenOfPartitions.insert(place) } else { seen.insert(place) }
            let type = policy.isForPartitions ? "part" : policy.values(of: "type").last
            let device = type.map { "ENV{DEVTYPE}==\"\($0)\", " } ?? ""
            lines.append(
                "ACTION==\"add\", SUBSYSTEM==\"block\", \(device)ENV{ID_PATH}==\"\(place)\", "
                    + "RUN+=\"\(program) --incremental $env{DEVNAME}\"")
        }
        return lines
    }
}
