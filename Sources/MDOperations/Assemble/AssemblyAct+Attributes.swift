internal import MDKernel
internal import MDModel

extension AssemblyAct {
    /// Writes the attributes that mdadm.conf wants. What the driver does not take is told and passed over.
    mutating func setAttributes(_ values: [Configuration.Tag], _ executor: inout Executor<K>) {
        let directory = ArrayDirectory(choice.kernelName, kernel: context.kernel)
        for tag in values {
            let parts = tag.key.split(separator: "/", omittingEmptySubsequences: false)
            guard !parts.contains(".."), !parts.contains("") else {
                tell(.attributeFailed(name: tag.key, value: tag.value))
                continue
            }
            do throws(StepFailure) {
                try executor.perform(
                    PlannedStep(.attribute(file: directory.file(tag.key), value: tag.value)))
            } catch {
                tell(.attributeFailed(name: tag.key, value: tag.value))
            }
        }
    }
}
