internal import MDKernel
internal import MDModel

extension AssemblyAct {
    /// Members that were out of date come back where POLICY lines let them; the driver takes those whose bitmap tells
    /// what they missed.
    mutating func takeBack(_ assembly: Assembly, _ executor: inout Executor<K>) {
        guard !configuration.policies.isEmpty else { return }
        for member in assembly.members where member.standing == .stale && mayComeBack(member) {
            do throws(StepFailure) { try executor.perform(PlannedStep(addition(of: member))) } catch {
                // It stays out, as it would without the line.
                continue
            }
            if !executor.isDryRun { tell(.reAdded(path: member.path)) }
        }
    }

    private func mayComeBack(_ member: Assembly.Member) -> Bool {
        let disk = DevicePolicy.Disk(
            member.device, member.superblock.family, for: configuration.policies, context.kernel)
        return DevicePolicy.action(for: disk, by: configuration.policies)?.includesReAdd ?? false
    }
}
