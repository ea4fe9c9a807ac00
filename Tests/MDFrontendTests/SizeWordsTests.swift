import MDBytes
import MDFrontend
import Testing

@Suite struct SizeWordsTests {
    @Test(arguments: [
        (Int64(5_119_999), ""), (5_120_000, " (4.88 MiB 5.12 MB)"), (208_666_624, " (199.00 MiB 208.67 MB)"),
        (2 << 30, " (2.00 GiB 2.15 GB)"), (1 << 50, " (1024.00 TiB 1125.90 TB)"), (-512, ""),
        (1 << 59, " (20971.52 TiB 576460.75 TB)"),
    ])
    func long(bytes: Int64, words: String) { #expect(SizeWords.long(bytes: bytes) == words) }

    @Test func brief() {
        #expect(SizeWords.briefBinary(bytes: 208_666_624) == "199.00MiB")
        #expect(SizeWords.briefDecimal(bytes: 208_666_624) == "208.67MB")
        #expect(SizeWords.briefDecimal(bytes: 100) == "")
    }
}
