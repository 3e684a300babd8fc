internal import Bytes

/// Why bytes are no path.
package enum PathError: Error, Hashable, Sendable {
    case empty
    case noLeadingSlash
    case trailingSlash
    case emptySegment(at: Int)
    case dotSegment(at: Int)
    case nulByte(at: Int)
    case invalidUTF8
    case tooLong(byteCount: Int, limit: Int)
}

/// Why bytes are no key.
package enum KeyError: Error, Hashable, Sendable {
    case empty
    case tooLong(byteCount: Int, limit: Int)
}

/// What the store keeps a value under: any 1 to 4,096 bytes, ordered as `memcmp` does, never
/// normalised.
///
/// A *path* is a key of a certain form: `/`, then segments joined by `/`, as UTF-8 without NUL; no
/// segment is empty, `.` or `..`; the root `/` is one, too. Only paths take part in the directory
/// structure (children, their counts, sequences); any other key is stored, listed, watched and
/// leased just so.
package struct Key: Hashable, Comparable, Sendable {
    /// The longest key, in bytes.
    package static let byteCountMax = 4096

    /// The root, the parent of every path.
    package static let root = Key(unchecked: [UInt8(ascii: "/")])

    /// Where the service keeps its own records.
    package static let reserved = Key(unchecked: Array("/.roost".utf8))

    /// As they are stored and compared.
    package let bytes: [UInt8]

    /// For bytes that were a valid key before: a stored key, or one of its ancestors.
    package init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// Accepts any bytes from outside.
    package init(bytes: [UInt8]) throws(KeyError) {
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= Self.byteCountMax else {
            throw .tooLong(byteCount: bytes.count, limit: Self.byteCountMax)
        }
        self.bytes = bytes
    }

    /// Accepts bytes from outside that must be a path.
    package init(path bytes: [UInt8]) throws(PathError) {
        guard let first = bytes.first else { throw .empty }
        guard first == UInt8(ascii: "/") else { throw .noLeadingSlash }
        guard bytes.count <= Self.byteCountMax else {
            throw .tooLong(byteCount: bytes.count, limit: Self.byteCountMax)
        }
        if bytes.span.isPlainPath {
            self.bytes = bytes
            return
        }
        guard bytes.span.isValidUTF8 else { throw .invalidUTF8 }
        if let offset = bytes.firstIndex(of: 0) { throw .nulByte(at: offset) }
        if bytes.count > 1 { try Self.validateSegments(bytes) }
        self.bytes = bytes
    }

    private static func validateSegments(_ bytes: [UInt8]) throws(PathError) {
        guard bytes.last != UInt8(ascii: "/") else { throw .trailingSlash }
        var start = 1
        while start <= bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
            let segment = bytes[start..<end]
            if segment.isEmpty { throw .emptySegment(at: start) }
            if segment.count <= 2, segment.allSatisfy({ $0 == UInt8(ascii: ".") }) {
                throw .dotSegment(at: start)
            }
            start = end + 1
        }
    }

    package static func < (left: Key, right: Key) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// Whether the key is a path.
    ///
    /// - Complexity: O(*n*)
    package var isPath: Bool {
        bytes.span.isPlainPath || (try? Key(path: bytes)) != nil
    }

    /// Whether the key is the service's own.
    package var isReserved: Bool { isAtOrBelow(.reserved) }

    /// Whether `self` is `other` or begins with it and a slash; below the root lies whatever begins
    /// with a slash.
    package func isAtOrBelow(_ other: Key) -> Bool {
        let prefix = other.bytes
        guard bytes.starts(with: prefix) else { return false }
        return prefix.count == 1 && prefix == Key.root.bytes || bytes.count == prefix.count
            || bytes[prefix.count] == UInt8(ascii: "/")
    }

    /// The path one level up; nil for the root.
    ///
    /// - Precondition: the key is a path.
    package var parent: Key? {
        guard bytes.count > 1, let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
            return nil
        }
        return slash == 0 ? .root : Key(unchecked: Array(bytes[..<slash]))
    }
}

extension Span<UInt8> {
    /// Whether the bytes, if they are not too many, are a path beyond doubt: ASCII, and no segment
    /// that is empty or begins with a dot. Most paths are; of others this says nothing.
    ///
    /// - Complexity: O(*n*)
    var isPlainPath: Bool {
        guard count > 1, self[0] == UInt8(ascii: "/"), self[count - 1] != UInt8(ascii: "/") else {
            return false
        }
        var offset = 0
        // The top bit of each byte that follows a slash; the first slash is no follower.
        var followers: UInt64 = 0
        while offset < count {
            let word = word(at: offset)
            let slashes = Self.zeroes(in: word ^ 0x2F2F_2F2F_2F2F_2F2F)
            let dots = Self.zeroes(in: word ^ 0x2E2E_2E2E_2E2E_2E2E)
            followers |= slashes << 8
            guard word & 0x8080_8080_8080_8080 == 0, Self.zeroes(in: word) == 0,
                followers & (slashes | dots) == 0
            else { return false }
            followers = slashes >> 56
            offset += 8
        }
        return true
    }

    /// Eight bytes from `offset`, the first lowest; after the last byte comes a letter.
    private func word(at offset: Int) -> UInt64 {
        if count - offset >= 8 {
            // The condition before keeps the load within the span.
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            return UInt64(littleEndian: word)
        }
        var word: UInt64 = 0x6161_6161_6161_6161
        for place in (offset..<count).reversed() { word = word << 8 | UInt64(self[place]) }
        return word
    }

    /// The top bit of each byte that is zero, in a word whose bytes are below 128.
    private static func zeroes(in word: UInt64) -> UInt64 {
        ~((word & 0x7F7F_7F7F_7F7F_7F7F) + 0x7F7F_7F7F_7F7F_7F7F | word) & 0x8080_8080_8080_8080
    }
}
