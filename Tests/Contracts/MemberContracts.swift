internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDSimulator

/// What ADD_NEW_DISK insists on before RUN.
extension Contract {
    static var members: [Contract] {
        [
            refusal("a disk without superblock is refused", .invalid) { _, _ in nil },
            refusal("a wrong checksum is refused", .invalid) { block, _ in
                block.updateStamp += 1
                return block
            },
            refusal("a feature that does not exist is refused", .invalid) { block, _ in
                block.features.insert(.init(rawValue: 1 << 20))
                block.seal()
                return block
            },
            refusal("data that leaves the disk is refused", .invalid) { block, sectors in
                block.dataSize = Sectors(sectors)
                block.seal()
                return block
            },
            refusal("data over the superblock is refused", .invalid) { block, _ in
                block.dataOffset = Sectors(8)
                block.seal()
                return block
            },
            refusal("a tiny data area is refused", .invalid) { block, _ in
                block.dataSize = Sectors(9)
                block.seal()
                return block
            },
            refusal("a member of another array is refused", .invalid) { block, _ in
                block.arrayUUID = UUID(bytes: [UInt8](repeating: 7, count: 16))
                block.seal()
                return block
            },
            refusal("a member with another level is refused", .invalid) { block, _ in
                block.level = 0
                block.seal()
                return block
            },
            refusal("a device number in use is refused", .busy) { block, _ in
                block.deviceNumber = 0
                block.seal()
                return block
            },
            Contract("a member is held") { bench in
                try ArrayFixture().write(to: Array(bench.disks.prefix(2)), kernel: bench.kernel)
                let array = try bench.empty()
                try bench.add(bench.disks[0], to: array)
                try bench.refused(.busy, "open") { () throws(SystemCallError) in
                    _ = try bench.kernel.open(bench.disks[0], [.exclusive])
                }
                try bench.refused(.busy, "ADD_NEW_DISK again") { () throws(SystemCallError) in
                    try bench.add(bench.disks[0], to: array)
                }
                let name = try bench.kernelName(bench.disks[0])
                try bench.equal(
                    try bench.kernel.list(directory: "/sys/block/\(name)/holders"), [bench.name], "holders")
            },
            Contract("a disk that somebody holds is refused") { bench in
                try ArrayFixture().write(to: Array(bench.disks.prefix(2)), kernel: bench.kernel)
                let array = try bench.empty()
                let holder = try bench.kernel.open(bench.disks[0], [.exclusive])
                try bench.refused(.busy, "ADD_NEW_DISK") { () throws(SystemCallError) in
                    try bench.add(bench.disks[0], to: array)
                }
                _ = consume holder
            },
            Contract("a device that does not exist is refused") { bench in
                let array = try bench.empty()
                let disk = DiskInfo(
                    number: 0, device: DeviceNumber(major: 241, minor: 7), raidDisk: -1, state: [])
                try bench.refused(.noDevice, "ADD_NEW_DISK") { () throws(SystemCallError) in
                    try bench.kernel.addNewDisk(disk, to: array)
                }
            },
        ]
    }

    /// One good member, then a second whose superblock `spoil` changed; nil leaves it without.
    private static func refusal(
        _ name: String, _ errno: Errno,
        _ spoil: @escaping @Sendable (inout SuperblockV1, UInt64) -> SuperblockV1?
    ) -> Contract {
        Contract(name) { bench in
            let fixture = ArrayFixture()
            try fixture.write(0, to: bench.disks[0], of: 2, kernel: bench.kernel)
            let sectors = try bench.kernel.size(of: try bench.kernel.open(bench.disks[1], [])).sectors.rawValue
            var block = fixture.superblock(number: 1, deviceSectors: sectors, members: 2)
            if let spoiled = spoil(&block, sectors) { try bench.put(spoiled, on: bench.disks[1]) }
            let array = try bench.empty()
            try bench.add(bench.disks[0], to: array)
            try bench.refused(errno, "ADD_NEW_DISK") { () throws(SystemCallError) in
                try bench.add(bench.disks[1], to: array)
            }
        }
    }
}
