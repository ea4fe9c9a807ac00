import MDBytes
import MDFrontend
import MDKernel
import MDModel
import MDSimulator
import Testing

/// `--resync` on a simulated machine, whose md does what kernel 6.12 did in the lab.
@Suite struct ResyncTests {
    /// 64 MiB at 100 sectors a millisecond: a sync takes 1.3 s.
    private func kernel(_ options: String = "-l1 -n2 --bitmap=none /dev/sda /dev/sdb") throws -> SimulatedKernel {
        var settings = SimulatedKernel.Settings()
        settings.syncSpeed = 100
        let kernel = SimulatedKernel.withDisks(4, size: ByteCount(64 << 20), settings: settings)
        let made = run("--create /dev/md0 --run \(options)", on: kernel)
        try #require(made.status == 0, "\(made.error)")
        return kernel
    }

    private func attribute(_ name: String, _ kernel: SimulatedKernel) throws -> String {
        let bytes = try kernel.read(file: "/sys/block/md0/md/\(name)", limit: 4096)
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }

    private func resync(_ words: String, on kernel: SimulatedKernel) -> CommandResult {
        run("--resync /dev/md0 \(words)", on: kernel)
    }

    @Test func aResyncIsPausedAndGoesOnWhereItWas() throws {
        let kernel = try kernel()
        kernel.pause(Milliseconds(400))
        let running = resync("", on: kernel)
        #expect(running.output.hasPrefix("/dev/md0: resync\n"), "\(running.output)")
        #expect(running.output.contains("Rate : 50000 KiB/s"), "\(running.output)")
        let paused = resync("pause", on: kernel)
        #expect(paused.status == 0 && paused.output.contains("paused the resync of /dev/md0 ("), "\(paused)")
        let position = try attribute("resync_start", kernel)
        #expect(try attribute("sync_action", kernel) == "frozen")
        kernel.pause(.seconds(60))
        #expect(try attribute("resync_start", kernel) == position)
        #expect(resync("", on: kernel).output.hasPrefix("/dev/md0: resync is paused\n"))
        #expect(resync("pause", on: kernel).output.contains("is paused already"))
        for verb in ["start", "check", "repair"] {
            #expect(resync(verb, on: kernel).error.contains("resume goes on with it"), "\(verb)")
        }
        let resumed = resync("resume", on: kernel)
        #expect(resumed.status == 0 && resumed.output.contains("the resync of /dev/md0 goes on ("), "\(resumed)")
        #expect(try attribute("sync_completed", kernel).hasPrefix(position + " /"))
        kernel.pause(.seconds(2))
        #expect(try attribute("resync_start", kernel) == "none")
        #expect(resync("", on: kernel).output == "/dev/md0: nothing is being synced\n")
        #expect(try attribute("sync_min", kernel) == "0" && attribute("sync_max", kernel) == "max")
    }

    @Test func aCheckIsPausedAndGoesOnWhereItWas() throws {
        let kernel = try kernel("-l1 -n2 --assume-clean --bitmap=none /dev/sda /dev/sdb")
        #expect(resync("check", on: kernel).output == "mdadm: started a check of /dev/md0\n")
        kernel.pause(Milliseconds(300))
        #expect(resync("pause", on: kernel).status == 0)
        let position = try attribute("sync_min", kernel)
        #expect(position != "0")
        #expect(resync("resume", on: kernel).status == 0)
        #expect(try attribute("sync_action", kernel) == "check")
        #expect(try attribute("sync_completed", kernel).hasPrefix(position + " /"))
        #expect(resync("pause", on: kernel).status == 0)
        #expect(resync("cancel", on: kernel).output == "mdadm: cancelled the check of /dev/md0\n")
        #expect(try attribute("sync_action", kernel) == "idle" && attribute("sync_min", kernel) == "0")
        #expect(resync("cancel", on: kernel).output.contains("nothing is being synced"))
    }

    /// Paused before the kernel keeps a place, it begins anew.
    @Test func anEarlyPauseForgetsNoCheck() throws {
        let kernel = try kernel("-l1 -n2 --assume-clean --bitmap=none /dev/sda /dev/sdb")
        #expect(resync("check", on: kernel).status == 0)
        #expect(resync("pause", on: kernel).output.contains("paused the check of /dev/md0 (0.0 %)"))
        #expect(try attribute("sync_min", kernel) == "0")
        #expect(resync("resume", on: kernel).status == 0)
        #expect(try attribute("sync_action", kernel) == "check")
        let kernelStops = "--action=idle /dev/md0"
        kernel.after(Milliseconds(20)) { _ = run(kernelStops, on: $0) }
        let followed = resync("--follow", on: kernel)
        #expect(followed.status == 1 && followed.output.contains("the check was interrupted"), "\(followed)")
    }

    /// What the array needs the kernel begins again at once: nothing is promised that does not hold.
    @Test func whatIsDueIsNotCancelled() throws {
        let kernel = try kernel()
        let refused = resync("cancel", on: kernel)
        #expect(refused.status == 1 && refused.error.contains("it can only be paused"), "\(refused)")
        #expect(try attribute("sync_action", kernel) == "resync")
    }

    @Test func aRecoveryIsPausedAndNamed() throws {
        let kernel = try kernel("-l1 -n2 --assume-clean --bitmap=none /dev/sda missing")
        let lonely = resync("start", on: kernel)
        #expect(lonely.status == 1 && lonely.error.contains("misses 1 of 2 members and has no spare"), "\(lonely)")
        #expect(resync("check", on: kernel).error.contains("rebuild first"))
        #expect(run("--manage /dev/md0 --add /dev/sdb", on: kernel).status == 0)
        kernel.pause(Milliseconds(200))
        #expect(resync("pause", on: kernel).output.contains("paused the recovery of /dev/md0 ("))
        kernel.pause(.seconds(60))
        #expect(try attribute("degraded", kernel) == "1")
        #expect(resync("resume --follow", on: kernel).output.hasSuffix("mdadm: /dev/md0: the recovery is done\n"))
        #expect(try attribute("degraded", kernel) == "0")
    }

    @Test func followingTellsWhatACheckFound() throws {
        let kernel = try kernel("-l1 -n2 --assume-clean --bitmap=none /dev/sda /dev/sdb")
        let clean = resync("check --follow", on: kernel)
        #expect(clean.status == 0 && clean.output.hasSuffix("/dev/md0: the check is done: no differences\n"), "\(clean)")
        #expect(clean.error.contains("mdadm: /dev/md0: check 0.0 %"), "\(clean.error)")
        kernel.spoil("md0", sectors: 128)
        let found = resync("check --follow", on: kernel)
        #expect(found.status == 0 && found.output.hasSuffix("128 sectors differed (repair makes them alike)\n"), "\(found)")
        let mended = resync("repair --follow", on: kernel)
        #expect(mended.output.hasSuffix("128 sectors differed and are alike now\n"), "\(mended)")
        #expect(resync("check --follow", on: kernel).output.hasSuffix("no differences\n"))
    }

    /// Who pulls the rug is told, as far as the array shows it.
    @Test(arguments: [
        ("--resync /dev/md0 pause", "it was paused"), ("--manage /dev/md0 --fail /dev/sdb", "a member failed"),
        ("--stop /dev/md0", "the array was stopped"), ("--action=idle /dev/md0", "somebody stopped it"),
    ])
    func followingEndsWithTheSync(line: String, words: String) throws {
        let kernel = try kernel("-l1 -n2 --assume-clean --bitmap=none /dev/sda /dev/sdb")
        #expect(resync("check", on: kernel).status == 0)
        kernel.after(Milliseconds(200)) { _ = run(line, on: $0) }
        let followed = resync("--follow", on: kernel)
        #expect(followed.status == 1 && followed.output.contains("the check was interrupted"), "\(followed)")
        #expect(followed.output.contains(words), "\(followed.output)")
    }

    @Test func endingTheLookLeavesTheSync() throws {
        let kernel = try kernel()
        kernel.endServices(after: Milliseconds(200))
        let followed = resync("--follow", on: kernel)
        #expect(followed.status == 1 && followed.error.hasSuffix("not followed any more; the sync goes on\n"), "\(followed)")
        #expect(try attribute("sync_action", kernel) == "resync")
    }

    @Test func nothingToFollowIsNoFailure() throws {
        let kernel = try kernel("-l1 -n2 --assume-clean --bitmap=none /dev/sda /dev/sdb")
        let followed = resync("--follow", on: kernel)
        #expect(followed.status == 0 && followed.output == "mdadm: /dev/md0: nothing is being synced\n")
        #expect(resync("start", on: kernel).output.contains("everything is in sync"))
    }

    @Test func arraysWithoutASyncSaySo() throws {
        let kernel = try kernel("-l0 -n2 /dev/sda /dev/sdb")
        let refused = resync("check", on: kernel)
        #expect(refused.status == 1 && refused.error == "mdadm: /dev/md0: raid0 has no redundancy: there is nothing to sync\n")
        #expect(resync("", on: kernel).output == "/dev/md0: nothing is being synced\n")
        for word in ["/dev/sdc", "/dev/nosuch", "/dev"] {
            let result = run("--resync \(word)", on: kernel)
            #expect(result.status == 1 && result.error.split(separator: "\n").count == 1, "\(word): \(result)")
        }
        #expect(run("--resync md0", on: kernel).status == 0)
    }

    @Test func readOnlyArraysAreLeftAlone() throws {
        let kernel = try kernel("-l1 -n2 --assume-clean --bitmap=none /dev/sda /dev/sdb")
        #expect(run("--readonly /dev/md0", on: kernel).status == 0)
        #expect(resync("check", on: kernel).error.contains("swmdadm --readwrite /dev/md0"))
    }

    @Test func aDryRunShowsTheWritesAndMakesNone() throws {
        let kernel = try kernel()
        let plan = resync("pause --dry-run", on: kernel)
        #expect(plan.status == 0 && plan.output.contains("frozen") && plan.output.contains("sync_action"), "\(plan)")
        #expect(try attribute("sync_action", kernel) == "resync")
    }

    @Test func jsonCountsInBytes() throws {
        let kernel = try kernel()
        kernel.pause(Milliseconds(400))
        #expect(resync("pause", on: kernel).status == 0)
        let position = try #require(UInt64(try attribute("resync_start", kernel)))
        let text = resync("--json", on: kernel).output
        #expect(text.hasPrefix("{\n  \"schema\": \"swmdadm.resync/1\",\n  \"device\": \"/dev/md0\",\n"), "\(text)")
        for piece in [
            "\"action\": \"resync\"", "\"standing\": \"paused\"", "\"frozen\": true", "\"done\": \(position * 512)",
            "\"rate\": null", "\"seconds_left\": null", "\"mismatches\": null", "\"nodes\": null",
        ] { #expect(text.contains(piece), "\(piece): \(text)") }
    }

    /// A sync that somebody made stand still at sync_max is seen and let go.
    @Test func aHeldSyncIsLetGo() throws {
        let kernel = try kernel("-l1 -n2 --assume-clean --bitmap=none /dev/sda /dev/sdb")
        try kernel.write("20000", toFile: "/sys/block/md0/md/sync_max")
        try kernel.write("check", toFile: "/sys/block/md0/md/sync_action")
        kernel.pause(.seconds(5))
        #expect(resync("", on: kernel).output.hasPrefix("/dev/md0: check stands still at sync_max\n"))
        #expect(throws: SystemCallError.self) { try kernel.write("10000", toFile: "/sys/block/md0/md/sync_max") }
        #expect(resync("resume --follow", on: kernel).status == 0)
        #expect(try attribute("sync_action", kernel) == "idle")
    }

    /// Just after an interruption the kernel answers EBUSY to sync_min; only that is waited out.
    @Test func cancelWaitsUntilTheLimitsAreFree() throws {
        let kernel = try kernel("-l1 -n2 --assume-clean --bitmap=none /dev/sda /dev/sdb")
        #expect(resync("check", on: kernel).status == 0)
        kernel.pause(Milliseconds(300))
        let counted = FaultingKernel(kernel.duplicate())
        #expect(run("--resync /dev/md0 cancel", on: counted).status == 0)
        let place = try #require(counted.calls.firstIndex { $0.hasPrefix("write") && $0.hasSuffix("sync_min") })
        let faulty = FaultingKernel(kernel, fault: Fault(call: place + 1, errno: .busy))
        #expect(run("--resync /dev/md0 cancel", on: faulty).status == 0 && faulty.hasStruck)
        #expect(try attribute("sync_min", kernel) == "0")
    }
}
