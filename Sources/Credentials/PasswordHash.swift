internal import Bytes
internal import COpenSSL
internal import Wire

/// A password as it is kept: scrypt (RFC 7914) of a code of it with a salt, and what that took, in
/// one text: `$roost-scrypt$ln=15,r=8,p=3$SALT$HASH`, both in base64 without padding.
///
/// The code is HMAC-SHA-256 of the password under a key that everybody knows. Without it, as in
/// texts that begin with `$scrypt$`, which are still read, two passwords may come to the same:
/// scrypt takes its password as a key of HMAC (RFC 2104, 2), to which bytes of zero at the end add
/// nothing, and for which SHA-256 of a longer one than 64 bytes stands.
///
/// Takes tenths of a second and 32 MiB each: for a thread of its own. The parameters are a strength
/// that OWASP's Password Storage Cheat Sheet names (N = 2^15, r = 8, p = 3).
package struct PasswordHash: Hashable, Sendable {
    /// Why there is no hash.
    package enum Fault: Error, Hashable, Sendable {
        /// The password has another length than `passwordByteCounts`.
        case passwordLength(byteCount: Int)
        /// A byte of the password is zero.
        case zeroByte
        /// OpenSSL did not do it: the memory is short.
        case noMemory
    }

    /// How much work one hash is.
    package struct Cost: Hashable, Sendable {
        /// The binary logarithm of N.
        let logN: UInt64
        /// Block size.
        let r: UInt64
        /// Lanes, one after another.
        let p: UInt64

        /// What passwords are kept with.
        package static let standard = Cost(logN: 15, r: 8, p: 3)
        /// Nearly nothing, for tests: never written by a member.
        package static let trifling = Cost(logN: 4, r: 1, p: 1)

        /// Bytes of memory that it takes.
        var byteCount: UInt64 { (128 * r) << logN + 128 * r * p }

        /// Whether a member spends that much on a text from outside: at most 64 MiB, and at most
        /// about four times the standard's time.
        var isBearable: Bool {
            (1...20).contains(logN) && (1...16).contains(r) && (1...16).contains(p)
                && byteCount <= 64 << 20 && (r * p) << logN <= 4 * (8 * 3) << 15
        }
    }

    /// Bytes of a password, at least and at most.
    package static let passwordByteCounts = 8...1024
    /// Bytes of a salt that a hash is made with.
    package static let saltByteCount = 16
    /// Bytes of a text, at most.
    package static let textByteCountMax = 256

    private static let hashByteCount = 32

    /// What scrypt is worked out of.
    private enum Scheme: String {
        /// The password itself.
        case plain = "scrypt"
        /// A code of it.
        case coded = "roost-scrypt"

        private static let key = Array("Roost: what scrypt is worked out of, of a password".utf8)

        init?(name: ArraySlice<UInt8>) {
            self.init(rawValue: String(decoding: name, as: UTF8.self))
        }

        func seed(of password: [UInt8]) -> [UInt8] {
            switch self {
            case .plain: password
            case .coded: MessageCode(key: Self.key).code(for: password)
            }
        }
    }

    /// What is kept.
    package let text: [UInt8]
    private let scheme: Scheme
    private let cost: Cost
    private let salt: [UInt8]
    private let hash: [UInt8]

    /// Hashes a password.
    ///
    /// - Parameter salt: of `saltByteCount` random bytes, drawn for this hash alone.
    package init(
        of password: [UInt8],
        salt: [UInt8],
        cost: Cost = .standard
    ) throws(Fault) {
        guard Self.passwordByteCounts.contains(password.count) else {
            throw .passwordLength(byteCount: password.count)
        }
        guard !password.contains(0) else { throw .zeroByte }
        scheme = .coded
        self.cost = cost
        self.salt = salt
        hash = try Self.derive(Scheme.coded.seed(of: password), salt: salt, cost: cost)
        text = Self.text(cost: cost, salt: salt, hash: hash)
    }

    /// Reads a text; nil if it is none, or asks for more work than a member bears.
    package init?(parsing text: [UInt8]) {
        guard text.count <= Self.textByteCountMax else { return nil }
        let parts = text.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, let scheme = Scheme(name: parts[1]),
            let cost = Cost(parsing: parts[2]), cost.isBearable,
            let salt = UnpaddedBase64.decode(parts[3], alphabet: .standard),
            (8...64).contains(salt.count),
            let hash = UnpaddedBase64.decode(parts[4], alphabet: .standard),
            hash.count == Self.hashByteCount
        else { return nil }
        self.text = text
        self.scheme = scheme
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    /// Whether this is the password. One of an impossible length, or with a byte of zero, is not, at
    /// once.
    package func matches(_ password: [UInt8]) throws(Fault) -> Bool {
        guard Self.passwordByteCounts.contains(password.count), !password.contains(0) else {
            return false
        }
        return SecretComparison.areEqual(
            try Self.derive(scheme.seed(of: password), salt: salt, cost: cost),
            and: hash
        )
    }

    private static func derive(
        _ password: [UInt8],
        salt: [UInt8],
        cost: Cost
    ) throws(Fault) -> [UInt8] {
        var isDone = false
        let hash = unsafe [UInt8](unsafeUninitializedCapacity: hashByteCount) { output, count in
            let result = unsafe password.withUnsafeBytes { password in
                unsafe EVP_PBE_scrypt(
                    password.baseAddress?.assumingMemoryBound(to: CChar.self),
                    password.count,
                    salt,
                    salt.count,
                    1 << cost.logN,
                    cost.r,
                    cost.p,
                    // OpenSSL counts a little more than the blocks.
                    cost.byteCount + 1 << 20,
                    output.baseAddress,
                    hashByteCount
                )
            }
            isDone = result == 1
            count = isDone ? hashByteCount : 0
        }
        guard isDone else { throw .noMemory }
        return hash
    }

    private static func text(cost: Cost, salt: [UInt8], hash: [UInt8]) -> [UInt8] {
        var text = Array("$\(Scheme.coded.rawValue)$ln=\(cost.logN),r=\(cost.r),p=\(cost.p)$".utf8)
        text += UnpaddedBase64.encode(salt, alphabet: .standard)
        text.append(UInt8(ascii: "$"))
        text += UnpaddedBase64.encode(hash, alphabet: .standard)
        return text
    }
}

extension PasswordHash.Cost {
    /// Reads `ln=15,r=8,p=3`.
    fileprivate init?(parsing text: ArraySlice<UInt8>) {
        let parts = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard parts.count == 3,
            let logN = Self.number(parts[0], after: "ln="),
            let r = Self.number(parts[1], after: "r="),
            let p = Self.number(parts[2], after: "p=")
        else { return nil }
        self.init(logN: logN, r: r, p: p)
    }

    /// The number of at most two digits, in the one way to write it.
    private static func number(_ text: ArraySlice<UInt8>, after name: String) -> UInt64? {
        guard text.starts(with: name.utf8) else { return nil }
        let digits = text.dropFirst(name.utf8.count)
        guard (1...2).contains(digits.count), digits.first != UInt8(ascii: "0") else { return nil }
        return digits.decimalValue
    }
}
