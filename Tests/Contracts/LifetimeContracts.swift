internal import MDBytes
internal import MDKernel
internal import MDSimulator

/// How arrays come into the driver and leave it.
extension Contract {
    static var lifetime: [Contract] {
        [
            Contract("a new array is clear and has no info") { bench in
                let array = try ArrayFixture.make(number: bench.number, kernel: bench.kernel)
                try bench.equal(try bench.attribute("array_state"), "clear", "array_state")
                try bench.refused(.noSuchDevice, "GET_ARRAY_INFO") { () throws(SystemCallError) in
                    _ = try bench.kernel.arrayInfo(of: array)
                }
            },
            Contract("an array cannot be made twice") { bench in
                let array = try ArrayFixture.make(number: bench.number, kernel: bench.kernel)
                try bench.refused(.exists, "new_array") { () throws(SystemCallError) in
                    _ = try ArrayFixture.make(number: bench.number, kernel: bench.kernel)
                }
                _ = consume array
            },
            Contract("names that are no array names are refused") { bench in
                for name in ["mdx", "md", "sda", "md-1"] {
                    try bench.refused(.invalid, name) { () throws(SystemCallError) in
                        try bench.kernel.write(name, toFile: "/sys/module/md_mod/parameters/new_array")
                    }
                }
            },
            Contract("an array that was touched and has nothing goes with its last handle") { bench in
                try bench.kernel.stop(try ArrayFixture.make(number: bench.number, kernel: bench.kernel))
                try bench.eventually("the array is gone") {
                    !(try bench.kernel.list(directory: "/sys/block").contains(bench.name))
                }
            },
            Contract("an array that nobody touched stays") { bench in
                _ = try ArrayFixture.make(number: bench.number, kernel: bench.kernel)
                try bench.equal(try bench.attribute("array_state"), "clear", "array_state")
            },
            Contract("an array that has a version stays") { bench in
                _ = try bench.empty()
                try bench.equal(try bench.attribute("metadata_version"), "1.2", "metadata_version")
            },
            Contract("opening a node makes the array") { bench in
                let array = try bench.kernel.open(device: .init(major: 9, minor: bench.number), [.write])
                try bench.equal(try bench.attribute("array_state"), "clear", "array_state")
                _ = consume array
            },
            Contract("a version that does not exist is refused") { bench in
                let array = try ArrayFixture.make(number: bench.number, kernel: bench.kernel)
                var info = ArrayInfo()
                info.majorVersion = 9
                try bench.refused(.invalid, "SET_ARRAY_INFO") { () throws(SystemCallError) in
                    try bench.kernel.setArrayInfo(info, of: array)
                }
            },
            Contract("the version is fixed once there is a member") { bench in
                try ArrayFixture().write(to: Array(bench.disks.prefix(2)), kernel: bench.kernel)
                let array = try bench.empty()
                try bench.add(bench.disks[0], to: array)
                try bench.refused(.busy, "SET_ARRAY_INFO") { () throws(SystemCallError) in
                    try ArrayFixture.gather([], into: array, kernel: bench.kernel)
                }
                try bench.equal(try bench.attribute("array_state"), "inactive", "array_state")
            },
            Contract("an array is opened exclusively once") { bench in
                let array = try ArrayFixture.make(number: bench.number, kernel: bench.kernel)
                let node = array.path
                let first = try bench.kernel.open(node, [.write, .exclusive])
                try bench.refused(.busy, "open") { () throws(SystemCallError) in
                    _ = try bench.kernel.open(node, [.write, .exclusive])
                }
                _ = try bench.kernel.open(node, [])
                _ = consume first
            },
        ]
    }
}
