/// The udev rules that `--udev-rules` makes of POLICY and PART-POLICY lines: devices in places whose disks may become
/// spares are given to `--incremental`.
package enum UdevRules {
    /// The rules, each a line; `program` is the path they run. The newest line of the configuration comes first, and a
    /// place that has a rule already gets no other. As mdadm has it, the last word of a kind counts.
    package static func lines(for policies: [Configuration.PolicyLine], program: String) -> [String] {
        var seen: Set<String> = []
        var lines: [String] = []
        for policy in policies.reversed() {
            guard let place = policy.values(of: "path").last, let action = policy.values(of: "action").last,
                // A word that is unknown ranks above all others.
                DevicePolicy.Action(rawValue: action)?.makesSpares ?? true,
                seen.insert(place).inserted
            else { continue }
            let type = policy.isForPartitions ? "part" : policy.values(of: "type").last
            let device = type.map { "ENV{DEVTYPE}==\"\($0)\", " } ?? ""
            lines.append(
                "ACTION==\"add\", SUBSYSTEM==\"block\", \(device)ENV{ID_PATH}==\"\(place)\", "
                    + "RUN+=\"\(program) --incremental $env{DEVNAME}\"")
        }
        return lines
    }
}
