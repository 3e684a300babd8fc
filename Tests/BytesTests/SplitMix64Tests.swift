import Bytes
import Testing

@Suite("SplitMix64")
struct SplitMix64Tests {
    /// The reference implementation's sequence for this seed (Vigna, splitmix64.c).
    @Test func vectors() {
        var generator = SplitMix64(seed: 1_234_567)
        let values = (0..<5).map { _ in generator.next() }
        #expect(
            values == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ]
        )
    }

    @Test func aSeedIsAWholeHistory() {
        var (first, second, other) = (
            SplitMix64(seed: .max), SplitMix64(seed: .max), SplitMix64(seed: 0)
        )
        for _ in 0..<100 {
            let value = first.next()
            #expect(value == second.next())
            #expect(value != other.next())
        }
    }
}
