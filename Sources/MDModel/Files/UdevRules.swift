/// The udev rules that `--udev-rules` makes of POLICY and PART-POLICY lines: devices in places whose disks may become
/// spares are given to `--incremental`.
package enum UdevRules {
    /// The rules, each a line; `program` is the path they run. The newest line of the configuration comes first, and a
    /// place that has a rule already gets no other. As mdadm has it, the last word of a kind counts.
    package static func lines(for policies: [Configuration.PolicyLine], program: String) -> [String] {
        var seen: Set<String> = []
        var lines: [String] = []
        for policy in policies.reversed() {
            guard let place = policy.last("path"), let action = policy.last("action"), makesSpares(action),
                seen.insert(place).inserted
            else { continue }
            let type = policy.isForPartitions ? "part" : policy.last("type")
            let device = type.map { "ENV{DEVTYPE}==\"\($0)\", " } ?? ""
            lines.append(
                "ACTION==\"add\", SUBSYSTEM==\"block\", \(device)ENV{ID_PATH}==\"\(place)\", "
                    + "RUN+=\"\(program) --incremental $env{DEVNAME}\"")
        }
        return lines
    }

    /// Whether disks of the place may be taken as spares. A word that is unknown ranks above all others.
    private static func makesSpares(_ action: String) -> Bool {
        !["include", "re-add", "spare"].contains(action)
    }
}

extension Configuration.PolicyLine {
    fileprivate func last(_ key: String) -> String? { rules.last { $0.key == key }?.value }
}
