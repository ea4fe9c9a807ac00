package import MDBytes
package import MDKernel

extension SimulatedKernel: SystemFiles {
    package func read(file path: String, limit: Int) throws(SystemCallError) -> [UInt8] {
        try call("open", on: path) { machine throws(Refusal) in
            Array(try machine.read(file: path).prefix(max(limit, 0)))
        }
    }

    package func write(_ text: String, toFile path: String) throws(SystemCallError) {
        let isThere = try call("open", on: path) { machine throws(Refusal) in
            _ = try machine.resolve(path)
            return true
        }
        guard isThere else { return }
        try call("write", on: path) { machine throws(Refusal) in try machine.store(text, at: path) }
    }

    package func list(directory path: String) throws(SystemCallError) -> [String] {
        try call("opendir", on: path) { machine throws(Refusal) in try machine.list(directory: path) }
    }

    package func destination(ofLink path: String) throws(SystemCallError) -> String {
        try call("readlink", on: path) { machine throws(Refusal) in
            let place = try machine.resolve(path, keepingLastLink: true)
            guard case .link(let destination)? = machine.entry(at: place) else { throw Refusal(.invalid) }
            return destination
        }
    }

    package func resolve(_ path: String) throws(SystemCallError) -> String {
        try call("realpath", on: path) { machine throws(Refusal) in try machine.resolve(path) }
    }

    package func replace(file path: String, with contents: [UInt8], mode: UInt32)
        throws(SystemCallError)
    {
        try call("rename", on: path) { machine throws(Refusal) in
            machine.files.makeParents(of: path)
            machine.files[try machine.place(of: path)] = .file(contents, mode: mode)
        }
    }

    package func makeDirectory(_ path: String, mode: UInt32) throws(SystemCallError) {
        try call("mkdir", on: path) { machine throws(Refusal) in machine.files.makeParents(of: path + "/.") }
    }

    package func create(file path: String, mode: UInt32) throws(SystemCallError) {
        try call("open", on: path) { machine throws(Refusal) in
            machine.files.makeParents(of: path)
            let place = try machine.place(of: path)
            if machine.files[place] == nil { machine.files[place] = .file([], mode: mode) }
        }
    }

    package func makeFile(_ path: String, size: ByteCount, mode: UInt32) throws(SystemCallError) {
        try call("open", on: path) { machine throws(Refusal) in
            let place = try machine.place(of: path)
            guard machine.files[place] == nil else { throw Refusal(.exists) }
            machine.files[place] = .file([UInt8](repeating: 0, count: Int(size.rawValue)), mode: mode)
        }
    }

    package func hardLink(_ path: String, to file: String) throws(SystemCallError) {
        try call("link", on: path) { machine throws(Refusal) in
            let place = try machine.place(of: path)
            guard machine.files[place] == nil else { throw Refusal(.exists) }
            machine.files[place] = machine.files[try machine.resolve(file)]
        }
    }

    package func remove(file path: String) throws(SystemCallError) {
        try call("unlink", on: path) { machine throws(Refusal) in
            let place: String
            do throws(Refusal) { place = try machine.place(of: path) } catch {
                if error.errno == .noEntry { return }
                throw error
            }
            if machine.files[place] == .directory { throw Refusal(Errno(rawValue: 21)) }
            machine.files[place] = nil
        }
    }

    package func link(_ path: String, to destination: String) throws(SystemCallError) {
        try call("symlink", on: path) { machine throws(Refusal) in
            let place = try machine.place(of: path)
            guard machine.files[place] == nil else { throw Refusal(.exists) }
            machine.files[place] = .link(destination)
        }
    }

    package func makeNode(_ path: String, device: DeviceNumber, mode: UInt32) throws(SystemCallError) {
        try call("mknod", on: path) { machine throws(Refusal) in
            let place = try machine.place(of: path)
            guard machine.files[place] == nil else { throw Refusal(.exists) }
            machine.files[place] = .device(device, mode: mode)
        }
    }

    package func lock(file path: String, timeout: Milliseconds) throws(SystemCallError) -> DeviceHandle {
        let deadline = now() + timeout
        let isHeld = { (machine: inout Machine) in machine.handles.contains { $0.target == .lock(path) } }
        if look(isHeld) { advance(to: deadline) }
        let token = try call("flock", on: path) { machine throws(Refusal) in
            if isHeld(&machine) { throw Refusal(.timedOut) }
            machine.files.makeParents(of: path)
            let place = try machine.place(of: path)
            if machine.files[place] == nil { machine.files[place] = .file([], mode: 0o600) }
            return machine.addHandle(.lock(path), [.write])
        }
        return handle(token, path)
    }
}
