internal import CPlatform
internal import Glibc

/// The system's randomness, for identities and seeds.
package enum Entropy {
    /// 64 random bits.
    package static func word() throws(SystemError) -> UInt64 {
        var word: UInt64 = 0
        let result = unsafe roost_random(&word, MemoryLayout<UInt64>.size)
        try checked("getrandom", result: result)
        return word
    }
}
