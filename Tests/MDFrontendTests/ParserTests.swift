import MDBytes
import MDFrontend
import MDModel
import Testing

@Suite struct ParserTests {
    private func manage(_ line: String) throws -> ManageRequest {
        guard case .command(.manage(let request)) = read(line).outcome else { throw Unexpected(line: line) }
        return request
    }

    private func misc(_ line: String) throws -> MiscRequest {
        guard case .command(.misc(let request)) = read(line).outcome else { throw Unexpected(line: line) }
        return request
    }

    private func create(_ line: String) throws -> CreateRequest {
        guard case .command(.create(let request)) = read(line).outcome else { throw Unexpected(line: line) }
        return request
    }

    private func assemble(_ line: String) throws -> AssembleRequest {
        guard case .command(.assemble(let request)) = read(line).outcome else { throw Unexpected(line: line) }
        return request
    }

    struct Unexpected: Error { let line: String }

    @Test func anActionSticksAndFlagsActToTheRight() throws {
        let request = try manage("/dev/md0 -f a b -r c -a d -W e --failfast f -w g --nofailfast h")
        #expect(request.array == "/dev/md0")
        #expect(request.operations.map(\.action) == [.fail, .fail, .remove, .add, .add, .add, .add, .add])
        #expect(request.operations.map(\.device.path) == ["a", "b", "c", "d", "e", "f", "g", "h"])
        let marks = request.operations.map(\.device.isWriteMostly)
        #expect(marks == [nil, nil, nil, nil, true, true, false, false])
        #expect(request.operations.map(\.device.isFailfast) == [nil, nil, nil, nil, nil, true, true, false])
    }

    /// The forms that storage daemons use: the mode's own option first, the array next.
    @Test func theActionMayComeBeforeTheArray() throws {
        let request = try manage("--fail /dev/md0 /dev/sdb")
        #expect(request.array == "/dev/md0")
        #expect(request.operations.map(\.device.path) == ["/dev/sdb"])
        #expect(try manage("--remove /dev/md0").operations.isEmpty)
        #expect(try manage("--quiet /dev/md0 --fail /dev/sdb").common.verbosity == -1)
    }

    @Test func manageActsOnTheArray() throws {
        let request = try manage("--manage /dev/md0 --readonly --stop -t --force")
        #expect(request.makeReadOnly)
        #expect(request.stop)
        #expect(!request.start)
        #expect(request.common.test)
        #expect(request.common.force)
        #expect(try manage("/dev/md0 --re-add --update=bbl x").update == "bbl")
    }

    @Test func reports() throws {
        #expect(try misc("/dev/sda1").items == [.init(action: .query, operand: "/dev/sda1")])
        #expect(try misc("-Q -D a b").items.map(\.action) == [.detail, .detail])
        #expect(try misc("-Q a -E b").items.map(\.action) == [.examine, .examine])
        #expect(try misc("--examine -E a").items.map(\.action) == [.examine])
        #expect(try misc("-D a -Q b").items.map(\.action) == [.detail, .query])
        #expect(try misc("--misc a").items.map(\.action) == [.probe])
        #expect(try misc("-W --stop a").items.map(\.action) == [.stop])
    }

    @Test func scanIsBriefUnlessMuchIsAsked() throws {
        #expect(try misc("-Ds").common.isBrief)
        #expect(try misc("-Dsv").common.isBrief)
        #expect(try misc("-Dsvv").common.isBrief == false)
        #expect(try misc("-Es -c partitions").lastAction == .examine)
        #expect(try misc("-Es -c partitions").common.config == "partitions")
    }

    @Test func createTakesShapes() throws {
        let request = try create(
            "-C md0 -l10 -p f2 -n 2 -x1 -c 128s -z 1G -b clustered --nodes=3 --home-cluster=c -N n -d 7 "
                + "--bitmap-chunk=4M --data-offset=2M -e 1.2 --write-behind --assume-clean a -W b missing")
        #expect(request.level == .raid10)
        #expect(request.layout == "f2")
        #expect(request.raidDevices == 2)
        #expect(request.spareDevices == 1)
        #expect(request.chunkKiB == 64)
        #expect(request.size == .sectors(Sectors(2 << 20)))
        #expect(request.bitmap == .clustered)
        #expect(request.nodes == 3)
        #expect(request.bitmapDelay == 7)
        #expect(request.bitmapChunk == ByteCount(4 << 20))
        #expect(request.dataOffset == Sectors(4096))
        #expect(request.writeBehind == 256)
        #expect(request.assumeClean)
        #expect(request.devices.map(\.isWriteMostly) == [nil, true, true])
        #expect(request.devices.map(\.isMissing) == [false, false, true])
    }

    @Test func assembleTakesIdentities() throws {
        let request = try assemble(
            "-A md0 -u 00112233:44556677:8899aabb:ccddeeff --update=nodes --nodes=4 -o a b")
        #expect(request.uuid?.colonText == "00112233:44556677:8899aabb:ccddeeff")
        #expect(request.update == "nodes")
        #expect(request.nodes == 4)
        #expect(request.common.readOnly)
        #expect(request.devices.map(\.path) == ["a", "b"])
        #expect(try assemble("-As").array == nil)
    }

    @Test func clusterVerbs() {
        let announced = "--slot 2 --uuid 00112233-4455-6677-8899-aabbccddeeff"
        guard case .command(.cluster(.join(let join))) = read("--join md0 --wait=30 --nodes=3 a b").outcome,
            case .command(.cluster(.candidate(let candidate))) = read(
                "--candidate /dev/md0 \(announced) --timeout=5").outcome,
            case .command(.cluster(.leave(let common, "md0"))) = read("--leave md0 --dry-run").outcome,
            case .command(.cluster(.nack(_, "md0"))) = read("--nack md0").outcome,
            case .command(.cluster(.agent)) = read("--cluster-agent").outcome
        else {
            Issue.record("a cluster verb is not understood")
            return
        }
        #expect(join.wait == 30)
        #expect(join.nodes == 3)
        #expect(join.devices.map(\.path) == ["a", "b"])
        #expect(candidate.slot == 2)
        #expect(candidate.timeout == 5)
        #expect(candidate.uuid?.dashedText == "00112233-4455-6677-8899-aabbccddeeff")
        #expect(common.dryRun)
    }

    @Test(arguments: [
        "--join", "--leave", "--leave a b", "--nack", "--candidate", "--cluster-agent md0", "--candidate md0 --slot=-1",
        "--candidate md0 --uuid=x", "--candidate md0 --timeout=x", "--join md0 --wait", "--join md0 --wait=x",
        "--join md0 --stop", "--join md0 --slot=1", "--leave md0 --nodes=2", "--join -A md0", "md0 --slot=1",
        "--wait=3 md0", "--candidate md0 --slot=1 --slot=1",
    ])
    func clusterVerbsAreChecked(line: String) {
        guard case .ended(2, let messages) = read(line).outcome else {
            Issue.record("accepted: \(line)")
            return
        }
        #expect(!messages.isEmpty)
    }

    /// What holds back goes over what runs, and cannot be taken back.
    @Test func heldBackIsNotRun() throws {
        let request = try assemble("-A --scan --run --no-degraded")
        #expect(request.noDegraded && !request.common.run)
        guard case .ended(2, _) = read("-A --scan --no-degraded --run").outcome else {
            Issue.record("accepted")
            return
        }
    }

    /// What a user typed reaches the terminal escaped.
    @Test func wordsAreEscaped() {
        guard case .ended(_, let messages) = read(["-C", "md0", "-l", "\u{1b}[2J"]).outcome else {
            Issue.record("accepted")
            return
        }
        #expect(messages[0].text.contains("\\x1b[2J"))
    }

    @Test(arguments: [
        ("-C", HelpTopic.mode(.create)), ("-D", .mode(.misc)), ("--join", .mode(.join)), ("-v", .general),
        ("-I", .mode(.incremental)), ("--auto-detect", .general), ("--help-options", .options),
    ])
    func helpFollowsTheMode(words: String, topic: HelpTopic) {
        #expect(read(words + " --help").outcome == .help(topic))
    }

    /// The journal has its place in the list, but is never taken for the array.
    @Test(arguments: [
        ("-C /dev/md0 -l5 -n3 a --write-journal=j b c", ["a", "j", "b", "c"]),
        ("-C --write-journal=j /dev/md0 -l5 -n3 a b c", ["j", "a", "b", "c"]),
    ])
    func journalIsADevice(line: String, devices: [String]) throws {
        guard case .command(.create(let request)) = read(line).outcome else {
            Issue.record("not a command: \(line)")
            return
        }
        #expect(request.array == "/dev/md0" && request.devices.map(\.path) == devices)
        #expect(request.devices.filter(\.isJournal).map(\.path) == ["j"])
    }

    @Test(arguments: [
        ("", nil, false), ("check", .check, false), ("pause", .pause, false), ("start --follow", .start, true),
        ("--follow", nil, true),
    ] as [(String, SyncVerb?, Bool)])
    func resyncTakesOneWord(rest: String, verb: SyncVerb?, follows: Bool) throws {
        guard case .command(.resync(let request)) = read("--resync /dev/md0 \(rest)").outcome else {
            throw Unexpected(line: rest)
        }
        #expect(request.array == "/dev/md0" && request.verb == verb && request.follows == follows)
    }

    /// `--follow` stays mdadm's spelling of `--monitor`.
    @Test(arguments: [
        ("--resync", "an md device must be given in resync mode"),
        ("--resync /dev/md0 stop", "--resync: \"stop\" is not one of start, check, repair, pause, resume, cancel"),
        ("--resync /dev/md0 \u{1b}", "--resync: \"\\x1b\" is not one of"),
        ("--resync /dev/md0 check now", "--resync takes one md device and one word; now is too much"),
        ("--resync /dev/md0 pause --follow", "--follow does not go with pause"),
        ("--resync /dev/md0 --json --follow", "--follow does not go with --json"),
        ("--resync /dev/md0 check --json", "--json is for --resync without a word"),
        ("--resync /dev/md0 --monitor", "--monitor would set the mode to monitor, but it is already resync"),
        ("--follow /dev/md0", "monitor mode is not supported yet"),
        ("--cluster-status --follow", "--follow would set the mode to monitor, but it is already cluster-status"),
    ])
    func resyncRefusesNonsense(line: String, words: String) {
        guard case .ended(2, let messages) = read(line).outcome, messages.count == 1 else {
            Issue.record("\(line): \(read(line).outcome)")
            return
        }
        #expect(messages[0].text.hasPrefix(words), "\(messages[0].text)")
    }
}
