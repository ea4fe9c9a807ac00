internal import MDBytes
internal import MDKernel
internal import MDModel

extension DevicePolicy.Disk {
    /// A member as lines of mdadm.conf can speak of it. Its places are only looked up where a line goes by them.
    init(
        _ device: DeviceNumber, _ format: AutoRule.Format, for lines: [Configuration.PolicyLine],
        _ kernel: some SystemFiles & BlockDevices
    ) {
        let directory = "/dev/disk/by-path"
        let names = lines.contains(where: \.goesByPlace) ? (try? kernel.list(directory: directory)) ?? [] : []
        self.init(
            places: names.filter { (try? kernel.status(ofPath: directory + "/" + $0).device) == device },
            isPartition: (try? kernel.read(file: "/sys/dev/block/\(device)/partition", limit: 16)) != nil,
            format: format)
    }
}
