internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDSimulator

/// Starting, stopping, and what is written then.
extension Contract {
    static var running: [Contract] { starting + refusing + stopping }

    private static var starting: [Contract] {
        [
            Contract("a clean mirror runs clean") { bench in
                let pair = Array(bench.disks.prefix(2))
                let array = try ArrayFixture().start(number: bench.number, on: pair, kernel: bench.kernel)
                try bench.equal(try bench.attribute("array_state"), "clean", "array_state")
                try bench.equal(try bench.attribute("sync_action"), "idle", "sync_action")
                let info = try bench.kernel.arrayInfo(of: array)
                try bench.equal(info.activeDisks, 2, "active")
                try bench.equal(info.raidDisks, 2, "raid disks")
                try bench.equal(info.level, 1, "level")
                try bench.equal(info.state, .clean, "state")
                try bench.equal([info.majorVersion, info.minorVersion, info.notPersistent], [1, 2, 0], "version")
                try bench.equal(
                    try bench.kernel.diskInfo(1, of: array).state, [.active, .sync], "GET_DISK_INFO")
                try bench.equal(
                    try bench.kernel.diskInfo(5, of: array),
                    DiskInfo(number: 5, device: .none, raidDisk: -1, state: .removed), "number 5")
            },
            Contract("an unclean mirror resyncs and then is clean on disk") { bench in
                var fixture = ArrayFixture()
                fixture.isClean = false
                let pair = Array(bench.disks.prefix(2))
                let array = try fixture.start(number: bench.number, on: pair, kernel: bench.kernel)
                try bench.untilIdle()
                try bench.eventually("clean superblocks") { try bench.superblock(pair[1]).isClean }
                let blocks = [try bench.superblock(pair[0]), try bench.superblock(pair[1])]
                try bench.equal(blocks[0].events, blocks[1].events, "events")
                try bench.expect(blocks[0].isChecksumCorrect, "checksum")
                try bench.equal(try bench.kernel.arrayInfo(of: array).activeDisks, 2, "active")
            },
            Contract("half a mirror runs degraded") { bench in
                try ArrayFixture().write(to: Array(bench.disks.prefix(2)), kernel: bench.kernel)
                let array = try bench.assemble([bench.disks[1]])
                try bench.equal(try bench.attribute("degraded"), "1", "degraded")
                try bench.equal(try bench.attribute("slot", of: bench.disks[1]), "1", "slot")
                try bench.equal(try bench.kernel.arrayInfo(of: array).activeDisks, 1, "active")
            },
            Contract("start_ro starts an array auto-read-only") { bench in
                try bench.kernel.write("1", toFile: "/sys/module/md_mod/parameters/start_ro")
                let pair = Array(bench.disks.prefix(2))
                let array = try ArrayFixture().start(number: bench.number, on: pair, kernel: bench.kernel)
                try bench.equal(try bench.attribute("array_state"), "read-auto", "array_state")
                try bench.equal(try bench.superblock(pair[0]).events, 1, "events")
                try bench.kernel.makeReadWrite(array)
                try bench.equal(try bench.attribute("array_state"), "clean", "array_state")
            },
            Contract("readonly to array_state starts it read-only") { bench in
                var fixture = ArrayFixture()
                fixture.isClean = false
                let pair = Array(bench.disks.prefix(2))
                try fixture.write(to: pair, kernel: bench.kernel)
                let array = try ArrayFixture.make(number: bench.number, kernel: bench.kernel)
                try ArrayFixture.gather(pair, into: array, kernel: bench.kernel)
                try bench.kernel.write("readonly", toFile: bench.file("array_state"))
                try bench.equal(try bench.attribute("array_state"), "readonly", "array_state")
                try bench.equal(try bench.attribute("sync_action"), "idle", "sync_action")
            },
            Contract("a member one event behind is taken, two behind is put out") { bench in
                let pair = Array(bench.disks.prefix(2))
                for (behind, expected) in [(UInt64(1), Int32(2)), (2, 1)] {
                    try ArrayFixture().write(to: pair, kernel: bench.kernel)
                    var block = try bench.superblock(pair[0])
                    block.events += behind
                    block.seal()
                    try bench.put(block, on: pair[0])
                    let array = try bench.assemble(pair)
                    try bench.equal(
                        try bench.kernel.arrayInfo(of: array).diskCount, expected, "\(behind) behind")
                    try bench.kernel.stop(array)
                }
            },
        ]
    }

    private static var refusing: [Contract] {
        [
            Contract("an array without members does not run") { bench in
                let array = try bench.empty()
                try bench.refused(.invalid, "RUN_ARRAY") { () throws(SystemCallError) in
                    try bench.kernel.run(array)
                }
            },
            Contract("a raid5 without two members does not run") { bench in
                let fixture = ArrayFixture(level: 5, raidDisks: 3)
                try fixture.write(to: Array(bench.disks.prefix(3)), kernel: bench.kernel)
                try bench.refused(.inputOutput, "RUN_ARRAY") { () throws(SystemCallError) in
                    _ = try bench.assemble([bench.disks[0]])
                }
                try bench.equal(try bench.attribute("array_state"), "inactive", "array_state")
            },
            Contract("a dirty degraded raid5 does not run") { bench in
                var fixture = ArrayFixture(level: 5, raidDisks: 3)
                fixture.isClean = false
                try fixture.write(to: Array(bench.disks.prefix(3)), kernel: bench.kernel)
                try bench.refused(.inputOutput, "RUN_ARRAY") { () throws(SystemCallError) in
                    _ = try bench.assemble(Array(bench.disks.prefix(2)))
                }
            },
            Contract("a raid0 without one member does not run") { bench in
                let fixture = ArrayFixture(level: 0, raidDisks: 2)
                try fixture.write(to: Array(bench.disks.prefix(2)), kernel: bench.kernel)
                try bench.refused(.invalid, "RUN_ARRAY") { () throws(SystemCallError) in
                    _ = try bench.assemble([bench.disks[0]])
                }
            },
            Contract("a raid10 that lost a copy set does not run") { bench in
                let fixture = ArrayFixture(level: 10, raidDisks: 4)
                try fixture.write(to: Array(bench.disks.prefix(4)), kernel: bench.kernel)
                try bench.refused(.inputOutput, "RUN_ARRAY") { () throws(SystemCallError) in
                    _ = try bench.assemble([bench.disks[0], bench.disks[1]])
                }
            },
            Contract("a bitmap of another array is refused") { bench in
                var fixture = ArrayFixture()
                fixture.bitmap = .internal
                let pair = Array(bench.disks.prefix(2))
                try fixture.write(to: pair, kernel: bench.kernel)
                for disk in pair {
                    let handle = try bench.kernel.open(disk, [.write, .direct])
                    var page = try bench.kernel.read(Extent(offset: ByteCount(8192), count: 4096), of: handle)
                    page[8] ^= 1
                    try bench.kernel.write(page, at: ByteCount(8192), of: handle)
                    try bench.kernel.synchronize(handle)
                }
                try bench.refused(.invalid, "RUN_ARRAY") { () throws(SystemCallError) in
                    _ = try bench.assemble(pair)
                }
            },
            Contract("what runs does not run again") { bench in
                let pair = Array(bench.disks.prefix(2))
                let array = try ArrayFixture().start(number: bench.number, on: pair, kernel: bench.kernel)
                try bench.refused(.busy, "RUN_ARRAY") { () throws(SystemCallError) in
                    try bench.kernel.run(array)
                }
            },
        ]
    }

    private static var stopping: [Contract] {
        [
            Contract("an array in use is not stopped") { bench in
                let pair = Array(bench.disks.prefix(2))
                let array = try ArrayFixture().start(number: bench.number, on: pair, kernel: bench.kernel)
                let other = try bench.kernel.open(array.path, [])
                try bench.refused(.busy, "STOP_ARRAY") { () throws(SystemCallError) in
                    try bench.kernel.stop(array)
                }
                try bench.refused(.busy, "STOP_ARRAY_RO") { () throws(SystemCallError) in
                    try bench.kernel.makeReadOnly(array)
                }
                _ = consume other
                try bench.kernel.stop(array)
                try bench.equal(try bench.attribute("array_state"), "clear", "array_state")
                _ = consume array
            },
            Contract("a stopped array runs again") { bench in
                let pair = Array(bench.disks.prefix(2))
                try bench.kernel.stop(
                    try ArrayFixture().start(number: bench.number, on: pair, kernel: bench.kernel))
                let array = try bench.assemble(pair)
                try bench.equal(try bench.kernel.arrayInfo(of: array).activeDisks, 2, "active")
            },
            Contract("read-only and back, and each only once") { bench in
                let pair = Array(bench.disks.prefix(2))
                let array = try ArrayFixture().start(number: bench.number, on: pair, kernel: bench.kernel)
                try bench.refused(.busy, "RESTART_ARRAY_RW") { () throws(SystemCallError) in
                    try bench.kernel.makeReadWrite(array)
                }
                try bench.kernel.makeReadOnly(array)
                try bench.equal(try bench.attribute("array_state"), "readonly", "array_state")
                try bench.refused(.noDevice, "STOP_ARRAY_RO") { () throws(SystemCallError) in
                    try bench.kernel.makeReadOnly(array)
                }
                try bench.refused(.readOnly, "ADD_NEW_DISK") { () throws(SystemCallError) in
                    try bench.add(bench.disks[2], to: array)
                }
                try bench.kernel.makeReadWrite(array)
                try bench.equal(try bench.attribute("array_state"), "clean", "array_state")
            },
            Contract("inactive keeps the members, clear lets them go") { bench in
                let pair = Array(bench.disks.prefix(2))
                try ArrayFixture().write(to: pair, kernel: bench.kernel)
                _ = try bench.assemble(pair)
                try bench.kernel.write("inactive", toFile: bench.file("array_state"))
                try bench.equal(try bench.attribute("array_state"), "inactive", "array_state")
                try bench.equal(try bench.attribute("slot", of: pair[0]), "0", "slot")
                try bench.kernel.write("clear", toFile: bench.file("array_state"))
                _ = try bench.kernel.open(pair[0], [.exclusive])
            },
        ]
    }
}
