import MDBytes
import MDModel
import Testing

@Suite struct ConfigurationTests {
    private func reading(_ text: String) -> Configuration {
        var configuration = Configuration()
        configuration.read(Array(text.utf8))
        return configuration
    }

    private let uuid = "00112233:44556677:8899aabb:ccddeeff"

    @Test func linesContinueAndQuotesJoin() {
        let read = reading("DEVICE\n# note\n\n partitions # more\n\t/dev/vd\"b\"'c' \"/dev/a b\"\nMAILFROM a  'b c'\n")
        #expect(read.devices == [.partitions, .path("/dev/vdbc"), .path("/dev/a b")])
        #expect(read.mailFrom == "a b c")
        #expect(read.complaints.isEmpty)
    }

    @Test func keywordsMayBeAbbreviatedToThreeLetters() {
        let read = reading("mail x\nmailf y\nhomec z\nHOME q\nde partitions\narrayss\nmon 7\nMONITORDELAY 9\n")
        #expect(read.mailAddress == "x" && read.mailFrom == "y")
        #expect(read.homeCluster == "z" && read.homeHost.name == "q")
        #expect(read.monitorDelay == 7)
        #expect(read.complaints == [.unknownKeyword("de"), .unknownKeyword("arrayss")])
    }

    @Test func arrayLines() {
        let read = reading(
            "ARRAY /dev/md/home UUID=\(uuid) level=raid5 num-devices=3 spares=1 name=x bitmap=none\n"
                + "ARRAY super-minor=4 devices=/dev/a,/dev/b* wibble=3\n")
        #expect(read.arrays.count == 2)
        #expect(read.arrays[0].path == "/dev/md/home" && read.arrays[0].uuid == UUID(parsing: uuid))
        #expect(read.arrays[0].level == .raid5 && read.arrays[0].raidDisks == 3 && read.arrays[0].spares == 1)
        #expect(read.arrays[0].bitmap == .none)
        #expect(read.arrays[1].superMinor == 4 && read.arrays[1].devices == ["/dev/a", "/dev/b*"])
        #expect(read.complaints == [.arrayWord("wibble=3")])
    }

    @Test func whatIsWrongWithAnArrayLineIsKept() {
        let read = reading(
            "ARRAY /dev/md/x\nARRAY uuid=zz super-minor=3 super-minor=4\nARRAY /dev/md5 /dev/md6 uuid=\(uuid)\n"
                + "ARRAY /dev/md/ uuid=\(uuid)\nARRAY /dev/md3 super-minor=dev\n")
        #expect(
            read.complaints == [
                .arrayWithoutIdentity("/dev/md/x"), .arrayUUID("uuid=zz"),
                .arrayDuplicate(.superMinor, word: "super-minor=4"), .arrayName("/dev/md6", .alreadyDefined),
                .arrayName("", .tooLongOrEmpty), .arrayMinor("super-minor=dev"), .arrayWithoutIdentity("/dev/md3"),
            ])
        #expect(read.arrays.count == 3)
    }

    @Test func namesCompareWithoutTheirDirectories() {
        let read = reading("ARRAY /dev/md/5 uuid=\(uuid)\nARRAY home super-minor=1\n")
        #expect(read.array(for: "/dev/md5")?.uuid != nil && read.array(for: "5") != nil)
        #expect(read.array(for: "/dev/md/home")?.superMinor == 1)
        #expect(read.array(for: "/dev/md6") == nil)
    }

    @Test func duplicateNamesAreFound() {
        let read = reading("ARRAY /dev/md/x uuid=\(uuid)\nARRAY <ignore> super-minor=1\nARRAY /dev/md/x super-minor=2\n")
        #expect(read.duplicateNames?.1.superMinor == 2)
        #expect(reading("ARRAY <ignore> super-minor=1\nARRAY <ignore> super-minor=2\n").duplicateNames == nil)
    }

    @Test func homeHost() {
        #expect(reading("").homeHost(asked: nil, hostName: "n1") == HomeHost(name: "n1", isRequired: true))
        #expect(reading("HOMEHOST a").homeHost(asked: nil, hostName: "n1") == HomeHost(name: "a", isRequired: true))
        #expect(reading("HOMEHOST a <ignore>").homeHost(asked: nil, hostName: "n").isRequired == false)
        #expect(reading("HOMEHOST a").homeHost(asked: "b", hostName: "n").name == "b")
        #expect(reading("HOMEHOST a").homeHost(asked: "<ignore>", hostName: "n") == HomeHost(name: "a", isRequired: false))
        #expect(reading("HOMEHOST <none>").homeHost(asked: nil, hostName: "n") == HomeHost(name: nil, isRequired: false))
        #expect(reading("HOMEHOST <system>").homeHost(asked: nil, hostName: "n").name == "n")
    }

    @Test(arguments: [
        ("-all", AutoRule.Verdict.no), ("homehost -all", .onlyLocal), ("+1.x -all", .yes), ("-1.2 yes", .no),
        ("+ddf -imsm", .yes), ("homehost +1.x -all", .yes), ("", .yes),
    ])
    func autoRules(words: String, verdict: AutoRule.Verdict) {
        #expect(reading("AUTO \(words)").auto?.verdict(for: .version1) == verdict)
    }

    /// Whatever bytes there are, reading ends and says what it did not understand.
    @Test func anyBytesAreRead() {
        var state: UInt64 = 42
        for _ in 0..<500 {
            var bytes: [UInt8] = Array("ARRAY ".utf8)
            for _ in 0..<200 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(UInt8(truncatingIfNeeded: state >> 33))
                if state >> 60 == 3 { bytes += Array("\nARRAY /dev/md1 uuid='".utf8) }
            }
            var configuration = Configuration()
            configuration.read(bytes)
            #expect(!configuration.complaints.isEmpty || !configuration.arrays.isEmpty)
        }
    }

    @Test(arguments: [
        ("vd[bc]", "vdb", true), ("vd[bc]", "vdd", false), ("vd[!bc]", "vdd", true), ("*", ".x", false), ("*b*", "abc", true),
        ("a?c", "abc", true), ("vd[b", "vd[b", true), ("sd[a-c]*", "sdb12", true), ("sd[a-c]*", "sdd1", false), ("", "", true),
        ("[[:alpha:]]?[[:digit:][:upper:]]", "ab3", true), ("[[:alpha:]]", "3", false), ("[![:space:]]", "a", true),
        ("\\*a", "*a", true), ("\\*a", "ba", false), ("a\\[1\\]", "a[1]", true),
    ])
    func globs(pattern: String, text: String, matches: Bool) {
        #expect(Glob(pattern).matches(text) == matches)
    }

    @Test func attributesOfAnArray() throws {
        let uuid = try #require(UUID(parsing: "01234567:89abcdef:01234567:89abcdef"))
        let text = "SYSFS name=/dev/md/x a=1 b=2\nSYSFS uuid=\(uuid.colonText) c=3\nSYSFS name=md0 d=4\n"
        let configuration = reading(text)
        #expect(configuration.attributes(of: "/dev/md/x", uuid: .zero).map(\.key) == ["b", "a"])
        #expect(configuration.attributes(of: "/dev/md/x", uuid: uuid).map(\.key) == ["b", "a", "c"])
        #expect(configuration.attributes(of: "/dev/md/0", uuid: .zero).isEmpty)
        #expect(configuration.complaints == [.sysfsName("md0"), .sysfsWithoutArray])
    }

    /// What mdadm 4.6 has to say of SYSFS and CREATE lines; whether users exist is found out by the reader of files.
    @Test(arguments: [
        ("SYSFS name=/dev/md/a x=", [Configuration.Complaint.sysfsWord("x=")]), ("SYSFS name=/dev/md/a =y", []),
        ("SYSFS uuid=1:2", [.sysfsUUID("1:2"), .sysfsWithoutArray]), ("SYSFS", [.sysfsWithoutArray]),
        ("SYSFS name=/dev/md/a name=/dev/md/b", [.sysfsSecond("device", "/dev/md/b")]),
        ("SYSFS name= x", [.sysfsName(""), .sysfsWord("x"), .sysfsWithoutArray]),
        ("CREATE owner=root group=0 mode=0660", [.createOwner("root")]), ("CREATE metadata= mode=", [.createMode("")]),
        ("CREATE group=", [.createGroup("")]), ("CREATE owner=12a", [.createOwner("12a")]),
    ])
    func complaints(line: String, complaints: [Configuration.Complaint]) {
        #expect(reading(line).complaints == complaints)
    }

    /// Zeros in front do not count, and the first format of a line does.
    @Test func formatsAreWords() {
        for word in ["01.2", "000.90", "00.swap", "0default", "ddf", "mbr", "gpt", ""] {
            #expect(reading("CREATE metadata=\(word)\nARRAY super-minor=1 metadata=\(word)\n").complaints.isEmpty, "\(word)")
        }
        for word in ["1.3", "0ddf", "0.090", "Default", "1."] {
            #expect(reading("CREATE metadata=\(word)\n").complaints == [.metadata(word, onCreateLine: true)])
        }
        #expect(reading("CREATE metadata=1.0 metadata=foo\nCREATE metadata=1.1\n").creation.metadata == "1.0")
        let line = reading("ARRAY /dev/md0 super-minor=1 metadata=1.0 metadata=foo")
        #expect(line.complaints.isEmpty && line.arrays.first?.metadata == "1.0")
    }

    @Test func answersHaveNoCase() {
        let creation = reading("CREATE names=YES bbl=No\n")
        #expect(creation.complaints.isEmpty && creation.creation.useNames && !creation.creation.badBlockLog)
    }

    /// Outside /dev/md/ the whole word counts.
    @Test func namesHaveALength() {
        let tail = String(repeating: "a", count: 27)
        for word in ["/dev/" + tail, "/dev/md/" + tail + "aaaaa", "/", tail + "aaaaa", "/dev/md/b/" + tail] {
            #expect(reading("ARRAY \(word) super-minor=1\n").complaints.isEmpty, "\(word)")
        }
        for word in ["/dev/a" + tail, "/dev/md/a" + tail + "aaaaa", "/dev/md/", "/dev/md/b/" + tail + "aaaaa"] {
            #expect(reading("ARRAY \(word) super-minor=1\n").complaints.count == 1, "\(word)")
        }
    }
}
