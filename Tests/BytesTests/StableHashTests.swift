import Bytes
import Testing

@Suite("StableHash: the same on every machine, and other bytes give another value")
struct StableHashTests {
    /// Computed apart from this code. Members compare these values and snapshots may outlive a
    /// version, so none of them may ever change.
    @Test(
        arguments: [
            (0, 0, 0xF65A_F009_D18F_6336_3E6E_FEE7_32BD_0991),
            (1, 0, 0x37AD_BDC8_ABF9_95D9_C611_1892_4184_E741),
            (7, 32, 0x5F0A_E7D9_9ED3_DF7E_DC08_4C30_3381_D2ED),
            (7, 100, 0x1781_451A_C0D8_E8DA_8574_FF7E_E681_7B6D),
        ] as [(UInt64, Int, UInt128)]
    )
    func risingBytes(_ seed: UInt64, count: Int, expected: UInt128) {
        #expect(hash(seed, bytes: (0..<count).map { UInt8($0) }) == expected)
    }

    @Test(
        arguments: [
            (1, [0x61], 0x3EA2_DD76_0A34_59EE_CE2F_BE9B_9A67_0C71),
            (1, [UInt8](repeating: 0, count: 8), 0xEC07_119D_802F_6231_42B2_4743_B0AD_3325),
            (7, Array("123456789".utf8), 0x07DA_4470_FC8B_F124_D12E_5060_4EA2_7C00),
        ] as [(UInt64, [UInt8], UInt128)]
    )
    func otherBytes(_ seed: UInt64, bytes: [UInt8], expected: UInt128) {
        #expect(hash(seed, bytes: bytes) == expected)
    }

    @Test("each length, each flipped bit and each seed has a value of its own")
    func differs() {
        var seen: Set<UInt128> = []
        var count = 0
        func see(_ value: UInt128) {
            seen.insert(value)
            count += 1
        }
        for length in 0..<80 {
            see(hash(1, bytes: [UInt8](repeating: 0, count: length)))
            for bit in 0..<8 * length {
                var bytes = [UInt8](repeating: 0, count: length)
                bytes[bit / 8] = 1 << UInt8(bit % 8)
                see(hash(1, bytes: bytes))
            }
        }
        for seed in UInt64(2)..<300 { see(hash(seed, bytes: [])) }
        #expect(seen.count == count)
    }

    @Test("where one part ends and the next begins counts, and so does their order")
    func parts() {
        func hash(_ parts: [String]) -> UInt128 {
            var hash = StableHash(seed: 1)
            for part in parts { hash.combine(Array(part.utf8).span) }
            return hash.value
        }
        let values = [
            ["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["", "abc"], ["c", "ab"],
        ]
        #expect(Set(values.map(hash)).count == values.count)
        var (first, second) = (StableHash(seed: 1), StableHash(seed: 1))
        first.combine(1)
        first.combine(2)
        second.combine(2)
        second.combine(1)
        #expect(first.value != second.value)
    }

    private func hash(_ seed: UInt64, bytes: [UInt8]) -> UInt128 {
        var hash = StableHash(seed: seed)
        hash.combine(bytes.span)
        return hash.value
    }
}
