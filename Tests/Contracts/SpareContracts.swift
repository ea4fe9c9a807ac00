internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDSimulator

/// Failing, removing and adding members of a running array.
extension Contract {
    static var spares: [Contract] { failing + adding }

    private static var failing: [Contract] {
        [
            Contract("a failed member is recorded on the others and can be removed") { bench in
                let pair = Array(bench.disks.prefix(2))
                let array = try ArrayFixture().start(number: bench.number, on: pair, kernel: bench.kernel)
                let second = try bench.device(pair[1])
                try bench.refused(.busy, "HOT_REMOVE_DISK") { () throws(SystemCallError) in
                    try bench.kernel.hotRemove(second, from: array)
                }
                try bench.kernel.setFaulty(second, of: array)
                try bench.eventually("faulty on disk") { try bench.superblock(pair[0]).role(of: 1) != .active(1) }
                try bench.equal(try bench.kernel.arrayInfo(of: array).failedDisks, 1, "failed")
                try bench.equal(try bench.attribute("degraded"), "1", "degraded")
                try bench.eventually("no slot") { try bench.attribute("slot", of: pair[1]) == "none" }
                try bench.equal(try bench.kernel.diskInfo(1, of: array).state, .faulty, "GET_DISK_INFO")
                try bench.equal(try bench.superblock(pair[1]).role(of: 1), .active(1), "its own role")
                try bench.kernel.hotRemove(second, from: array)
                try bench.equal(try bench.kernel.diskInfo(1, of: array).state, .removed, "GET_DISK_INFO")
                try bench.eventually("spare on disk") { try bench.superblock(pair[0]).role(of: 1) == .spare }
            },
            Contract("the last mirror does not fail") { bench in
                try ArrayFixture().write(to: Array(bench.disks.prefix(2)), kernel: bench.kernel)
                let array = try bench.assemble([bench.disks[0]])
                let only = try bench.device(bench.disks[0])
                try bench.refused(.busy, "SET_DISK_FAULTY") { () throws(SystemCallError) in
                    try bench.kernel.setFaulty(only, of: array)
                }
                try bench.equal(try bench.attribute("state", of: bench.disks[0]), "in_sync", "state")
            },
            Contract("what is no member cannot fail or be removed") { bench in
                let pair = Array(bench.disks.prefix(2))
                let array = try ArrayFixture().start(number: bench.number, on: pair, kernel: bench.kernel)
                let stranger = try bench.device(bench.disks[2])
                try bench.refused(.noSuchDevice, "SET_DISK_FAULTY") { () throws(SystemCallError) in
                    try bench.kernel.setFaulty(stranger, of: array)
                }
                try bench.refused(.noDevice, "HOT_REMOVE_DISK") { () throws(SystemCallError) in
                    try bench.kernel.hotRemove(stranger, from: array)
                }
            },
            Contract("a raid5 that loses two members says so") { bench in
                let fixture = ArrayFixture(level: 5, raidDisks: 3)
                let trio = Array(bench.disks.prefix(3))
                let array = try fixture.start(number: bench.number, on: trio, kernel: bench.kernel)
                try bench.kernel.setFaulty(try bench.device(trio[0]), of: array)
                let second = try bench.device(trio[1])
                try bench.refused(.busy, "SET_DISK_FAULTY") { () throws(SystemCallError) in
                    try bench.kernel.setFaulty(second, of: array)
                }
                try bench.equal(try bench.attribute("degraded"), "2", "degraded")
            },
        ]
    }

    private static var adding: [Contract] {
        [
            Contract("a disk added to a full array is a spare") { bench in
                let pair = Array(bench.disks.prefix(2))
                let fixture = ArrayFixture()
                let array = try fixture.start(number: bench.number, on: pair, kernel: bench.kernel)
                try fixture.write(2, to: bench.disks[2], of: 2, kernel: bench.kernel)
                try bench.add(bench.disks[2], to: array)
                try bench.equal(try bench.attribute("state", of: bench.disks[2]), "spare", "state")
                try bench.equal(try bench.kernel.arrayInfo(of: array).spareDisks, 1, "spares")
                try bench.kernel.hotRemove(try bench.device(bench.disks[2]), from: array)
            },
            Contract("a spare takes an empty slot and recovers") { bench in
                let fixture = ArrayFixture()
                try fixture.write(to: Array(bench.disks.prefix(2)), kernel: bench.kernel)
                let array = try bench.assemble([bench.disks[0]])
                try fixture.write(2, to: bench.disks[2], of: 2, kernel: bench.kernel)
                try bench.add(bench.disks[2], to: array)
                try bench.eventually("in sync") { try bench.attribute("state", of: bench.disks[2]) == "in_sync" }
                try bench.equal(try bench.attribute("slot", of: bench.disks[2]), "1", "slot")
                try bench.eventually("role on disk") { try bench.superblock(bench.disks[0]).role(of: 2) == .active(1) }
                try bench.equal(try bench.attribute("degraded"), "0", "degraded")
            },
            Contract("frozen holds a recovery back") { bench in
                let fixture = ArrayFixture()
                try fixture.write(to: Array(bench.disks.prefix(2)), kernel: bench.kernel)
                let array = try bench.assemble([bench.disks[0]])
                try bench.kernel.write("frozen", toFile: bench.file("sync_action"))
                try fixture.write(2, to: bench.disks[2], of: 2, kernel: bench.kernel)
                try bench.add(bench.disks[2], to: array)
                bench.kernel.pause(Milliseconds(500))
                try bench.equal(try bench.attribute("slot", of: bench.disks[2]), "none", "slot")
                try bench.equal(try bench.attribute("sync_action"), "frozen", "sync_action")
                try bench.kernel.write("idle", toFile: bench.file("sync_action"))
                try bench.eventually("in sync") { try bench.attribute("state", of: bench.disks[2]) == "in_sync" }
            },
            Contract("a removed member comes back to its slot with a bitmap, not without") { bench in
                for bitmap in [ArrayFixture.Bitmap.internal, .none] {
                    var fixture = ArrayFixture()
                    fixture.bitmap = bitmap
                    let pair = Array(bench.disks.prefix(2))
                    let array = try fixture.start(number: bench.number, on: pair, kernel: bench.kernel)
                    let second = try bench.device(pair[1])
                    try bench.kernel.setFaulty(second, of: array)
                    try bench.eventually("no slot") { try bench.attribute("slot", of: pair[1]) == "none" }
                    try bench.kernel.hotRemove(second, from: array)
                    let disk = DiskInfo(number: 1, device: second, raidDisk: 1, state: .sync)
                    if bitmap == .none {
                        try bench.refused(.invalid, "re-add") { () throws(SystemCallError) in
                            try bench.kernel.addNewDisk(disk, to: array)
                        }
                    } else {
                        try bench.kernel.addNewDisk(disk, to: array)
                        try bench.eventually("in sync") { try bench.attribute("state", of: pair[1]) == "in_sync" }
                        try bench.equal(try bench.attribute("slot", of: pair[1]), "1", "slot")
                    }
                    try bench.kernel.stop(array)
                }
            },
            Contract("a disk that is too small is refused") { bench in
                let pair = Array(bench.disks.prefix(2))
                let fixture = ArrayFixture()
                let array = try fixture.start(number: bench.number, on: pair, kernel: bench.kernel)
                try fixture.write(2, to: bench.disks[2], of: 2, kernel: bench.kernel)
                var block = try bench.superblock(bench.disks[2])
                block.dataSize = Sectors(block.size.rawValue - 128)
                block.seal()
                try bench.put(block, on: bench.disks[2])
                try bench.refused(.noSpace, "ADD_NEW_DISK") { () throws(SystemCallError) in
                    try bench.add(bench.disks[2], to: array)
                }
            },
            Contract("a disk without superblock is not added to a running array") { bench in
                let pair = Array(bench.disks.prefix(2))
                let array = try ArrayFixture().start(number: bench.number, on: pair, kernel: bench.kernel)
                try bench.refused(.invalid, "ADD_NEW_DISK") { () throws(SystemCallError) in
                    try bench.add(bench.disks[2], to: array)
                }
                try bench.refused(.invalid, "CLUSTERED_DISK_NACK") { () throws(SystemCallError) in
                    try bench.kernel.nack(array)
                }
            },
            Contract("a spare replaces a member that wants it") { bench in
                let pair = Array(bench.disks.prefix(2))
                let fixture = ArrayFixture()
                let array = try fixture.start(number: bench.number, on: pair, kernel: bench.kernel)
                try fixture.write(2, to: bench.disks[2], of: 2, kernel: bench.kernel)
                try bench.add(bench.disks[2], to: array)
                let first = try bench.kernelName(pair[0])
                try bench.kernel.write("want_replacement", toFile: bench.file("dev-\(first)/state"))
                try bench.eventually("replaced") { try bench.attribute("state", of: pair[0]) == "faulty" }
                try bench.untilIdle()
                try bench.equal(try bench.attribute("slot", of: bench.disks[2]), "0", "slot")
            },
        ]
    }
}
