internal import MDBytes
internal import MDFormats
internal import MDKernel
internal import MDSimulator

/// sysfs and procfs as verbs read them.
extension Contract {
    static var attributes: [Contract] {
        [
            Contract("the attributes of a mirror") { bench in
                let pair = Array(bench.disks.prefix(2))
                let array = try ArrayFixture().start(number: bench.number, on: pair, kernel: bench.kernel)
                let size = try bench.superblock(pair[0]).size.kibibytes
                let expected = [
                    ("level", "raid1"), ("raid_disks", "2"), ("metadata_version", "1.2"),
                    ("component_size", "\(size)"), ("chunk_size", "0"), ("layout", "0"),
                    ("resync_start", "none"), ("degraded", "0"), ("sync_completed", "none"),
                    ("consistency_policy", "resync"), ("array_size", "default"), ("bitmap/location", "none"),
                    ("uuid", "a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf"), ("mismatch_cnt", "0"),
                    ("reshape_position", "none"), ("safe_mode_delay", "0.204"),
                ]
                for (name, value) in expected { try bench.equal(try bench.attribute(name), value, name) }
                try bench.equal(try bench.kernel.size(of: array), ByteCount(size * 1024), "BLKGETSIZE64")
                try bench.equal(try bench.text("/sys/block/\(bench.name)/size"), "\(size * 2)", "size")
            },
            Contract("the attributes of a member") { bench in
                let pair = Array(bench.disks.prefix(2))
                let array = try ArrayFixture().start(number: bench.number, on: pair, kernel: bench.kernel)
                let block = try bench.superblock(pair[1])
                let expected = [
                    ("state", "in_sync"), ("slot", "1"), ("errors", "0"), ("offset", "2048"),
                    ("size", "\(block.dataSize.kibibytes)"), ("recovery_start", "none"), ("bad_blocks", ""),
                    ("block/dev", "\(try bench.device(pair[1]))"),
                ]
                for (name, value) in expected { try bench.equal(try bench.attribute(name, of: pair[1]), value, name) }
                let names = try bench.kernel.list(directory: "/sys/block/\(bench.name)/md")
                try bench.equal(names.filter { $0.hasPrefix("dev-") }.count, 2, "members")
                try bench.equal(names.filter { $0.hasPrefix("rd") && $0.count == 3 }.sorted(), ["rd0", "rd1"], "slots")
                _ = consume array
            },
            Contract("the bitmap's attributes and header") { bench in
                var fixture = ArrayFixture()
                fixture.bitmap = .internal
                let pair = Array(bench.disks.prefix(2))
                let array = try fixture.start(number: bench.number, on: pair, kernel: bench.kernel)
                try bench.equal(try bench.attribute("bitmap/location"), "+8", "location")
                try bench.equal(try bench.attribute("bitmap/metadata"), "internal", "metadata")
                try bench.equal(try bench.attribute("bitmap/chunksize"), "\(64 << 20)", "chunksize")
                try bench.equal(try bench.attribute("bitmap/time_base"), "5", "time_base")
                try bench.equal(try bench.attribute("consistency_policy"), "bitmap", "policy")
                try bench.equal(try bench.kernel.arrayInfo(of: array).state, [.clean, .bitmapPresent], "state")
                try bench.kernel.setFaulty(try bench.device(pair[1]), of: array)
                try bench.eventually("header and superblock agree") {
                    let handle = try bench.kernel.open(pair[0], .direct)
                    let page = try bench.kernel.read(Extent(offset: ByteCount(8192), count: 4096), of: handle)
                    let events = try bench.superblock(pair[0]).events
                    return BitmapSuperblock(reading: page)?.events == events && events > 1
                }
            },
            Contract("the paragraph of /proc/mdstat") { bench in
                let pair = Array(bench.disks.prefix(2))
                let array = try ArrayFixture().start(number: bench.number, on: pair, kernel: bench.kernel)
                let names = [try bench.kernelName(pair[1]), try bench.kernelName(pair[0])]
                let blocks = try bench.kernel.size(of: array).rawValue / 1024
                let text = String(decoding: try bench.kernel.read(file: "/proc/mdstat", limit: 65536), as: UTF8.self)
                let paragraph = "\n\(bench.name) : active raid1 \(names[0])[1] \(names[1])[0]\n"
                    + "      \(blocks) blocks super 1.2 [2/2] [UU]\n      \n"
                try bench.expect(text.contains(paragraph), "no \(paragraph) in \(text)")
                try bench.expect(text.hasPrefix("Personalities : [") && text.hasSuffix("unused devices: <none>\n"), text)
            },
            Contract("an inactive array in sysfs and mdstat") { bench in
                try ArrayFixture().write(to: Array(bench.disks.prefix(2)), kernel: bench.kernel)
                let array = try bench.empty()
                try bench.add(bench.disks[0], to: array)
                let name = try bench.kernelName(bench.disks[0])
                let text = String(decoding: try bench.kernel.read(file: "/proc/mdstat", limit: 65536), as: UTF8.self)
                try bench.expect(text.contains("\n\(bench.name) : inactive \(name)[0](S)\n"), text)
                try bench.equal(try bench.attribute("raid_disks"), "", "raid_disks")
                try bench.equal(try bench.attribute("slot", of: bench.disks[0]), "none", "slot")
                try bench.refused(.noSuchDevice, "GET_ARRAY_INFO") { () throws(SystemCallError) in
                    _ = try bench.kernel.arrayInfo(of: array)
                }
            },
            Contract("values that no attribute takes are refused") { bench in
                let pair = Array(bench.disks.prefix(2))
                let array = try ArrayFixture().start(number: bench.number, on: pair, kernel: bench.kernel)
                let member = try bench.kernelName(pair[0])
                let refusals: [(String, String, Errno)] = [
                    ("array_state", "wrong", .invalid), ("sync_action", "wrong", .invalid),
                    ("dev-\(member)/state", "wrong", .invalid), ("dev-\(member)/slot", "none", .busy),
                    ("dev-\(member)/slot", "1", .busy), ("metadata_version", "1.0", .busy),
                    ("dev-\(member)/state", "remove", .busy), ("dev-\(member)/state", "re-add", .busy),
                    ("dev-\(member)/state", "replacement", .busy),
                ]
                for (name, value, errno) in refusals {
                    try bench.refused(errno, "\(value) to \(name)") { () throws(SystemCallError) in
                        try bench.kernel.write(value, toFile: bench.file(name))
                    }
                }
                _ = consume array
            },
        ]
    }
}
