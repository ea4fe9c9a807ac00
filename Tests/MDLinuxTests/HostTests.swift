import MDBytes
import MDKernel
import Synchronization
import Testing

@testable import MDLinux

@Suite struct HostTests {
    let kernel = LinuxKernel()

    @Test(arguments: [0, 1, 2, 63, 64, 65, 500])
    func concurrentResultsKeepTheirOrder(count: Int) {
        let results = kernel.concurrently(Array(0..<count)) { item in
            if item % 7 == 0 { LinuxKernel().pause(Milliseconds(2)) }
            return item * item
        }
        #expect(results == (0..<count).map { $0 * $0 })
    }

    /// On a thread or, where there may be none, at once.
    @Test func backgroundWorkIsDone() {
        let done = Mutex(0)
        for limit in 0..<3 { kernel.inBackground(atMost: limit) { done.withLock { $0 += 1 } } }
        let end = kernel.now() + .seconds(60)
        while done.withLock({ $0 }) < 3, kernel.now() < end { kernel.pause(Milliseconds(5)) }
        #expect(done.withLock { $0 } == 3)
    }

    @Test func configuredFrequency() {
        func configured(_ text: String) -> Int? { TimerFrequency.configured(in: Array(text.utf8)) }
        #expect(configured("CONFIG_HZ_250=y\nCONFIG_HZ=250\n") == 250)
        #expect(configured("# CONFIG_HZ_1000 is not set\n") == nil)
        #expect(configured("CONFIG_HZ=99999999999999999999") == nil)
        #expect(configured("CONFIG_HZ=-1") == nil)
        #expect(configured("") == nil)
    }

    @Test(arguments: [100, 250, 300, 1000])
    func measuredFrequency(frequency: Int) {
        func sample(_ milliseconds: Int) -> TimerFrequency.Sample {
            let ticks = 4_294_967_296 - 300 * frequency + milliseconds * frequency / 1000
            return TimerFrequency.Sample(ticks: UInt64(ticks), milliseconds: milliseconds)
        }
        #expect(TimerFrequency.sinceBoot(sample(20_000)) == frequency)
        #expect(TimerFrequency.sinceBoot(sample(86_400_000)) == frequency)
        #expect(TimerFrequency.sinceBoot(sample(299_000)) == nil)
        #expect(TimerFrequency.between(sample(299_000), sample(299_250)) == frequency)
        #expect(TimerFrequency.between(sample(1000), sample(1000)) == nil)
    }

    @Test func jiffiesOfSchedstat() {
        let text = "version 15\ntimestamp 4294892296\ncpu0 0 0\n"
        #expect(TimerFrequency.timestamp(in: Array(text.utf8)) == 4_294_892_296)
        #expect(TimerFrequency.timestamp(in: []) == nil)
    }

    @Test func kernelLogRecords() throws {
        let record = Array("6,339,5140900,-;md/raid1:md0: active\n SUBSYSTEM=block\n".utf8)
        let parsed = try #require(KernelLogRecord.parse(record[...]))
        #expect(parsed.sequence == 339)
        #expect(parsed.text == "md/raid1:md0: active")
        #expect(KernelLogRecord.isAboutArrays(parsed.text))
        #expect(!KernelLogRecord.isAboutArrays("usb 1-1: new device"))
        #expect(KernelLogRecord.parse(Array("6;x".utf8)[...]) == nil)
        #expect(KernelLogRecord.parse([]) == nil)
    }

    @Test func uevents() throws {
        let text = "change@/devices/virtual/block/md0\0ACTION=change\0EVENT=ADD_DEVICE\0A=b=c\0odd\0"
        let datagram = Array(text.utf8)
        let event = try #require(Uevent.parse(datagram[...]))
        #expect(event.action == "change")
        #expect(event.properties == ["ACTION": "change", "EVENT": "ADD_DEVICE", "A": "b=c"])
        // What udevd sends begins with its name.
        #expect(Uevent.parse(Array("libudev\0\u{fe}".utf8)[...]) == nil)
        #expect(Uevent.parse(Array("@/devices\0".utf8)[...]) == nil)
        #expect(Uevent.parse([]) == nil)
    }

    @Test func moduleNamesAreNames() {
        for name in ["", "a b", "../x", "raid1;id"] {
            #expect(throws: SystemCallError("modprobe", .invalid, on: name)) {
                try kernel.loadModule(name)
            }
        }
    }

    @Test func randomBytesAndClocks() {
        #expect(kernel.randomBytes(0) == [])
        #expect(kernel.randomBytes(300).count == 300)
        #expect(kernel.randomBytes(16) != kernel.randomBytes(16))
        let start = kernel.now()
        kernel.pause(Milliseconds(5))
        #expect(kernel.now().since(start) >= Milliseconds(5))
        #expect((2000...2300).contains(kernel.localTime(kernel.wallTime().seconds).year))
        #expect(kernel.localTime(.max).year == 1900 || kernel.localTime(.max).year > 2300)
        #expect(!kernel.kernelRelease().isEmpty)
    }
}
