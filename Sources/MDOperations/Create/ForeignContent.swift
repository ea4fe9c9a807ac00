internal import MDKernel

/// What libblkid knows to live on a device and mdadm does not look for: LVM, LUKS, swap, other file systems.
enum ForeignContent {
    /// Types that are told of in mdadm's words already.
    private static let known: Set<String> = ["ext2", "ext3", "ext4", "reiserfs", "linux_raid_member"]

    /// libblkid's type of what is there; nil for nothing, for what is known anyway, and where it cannot be told.
    static func type<K: Kernel>(on device: DeviceHandle, kernel: K) -> [UInt8]? {
        do throws(SystemCallError) {
            let found = try kernel.probe(device).first { $0.name == "TYPE" }
            return found.flatMap { known.contains(String(decoding: $0.value, as: UTF8.self)) ? nil : $0.value }
        } catch {
            // A courtesy: without libblkid there is as much to see as mdadm sees.
            return nil
        }
    }
}
