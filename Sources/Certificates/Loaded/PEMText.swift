/// The form of PEM (RFC 7468): what is in a file before anything is decoded.
package enum PEMText {
    /// Whether a key wants a passphrase, in either of the two forms there are (PKCS 8, RFC 1421).
    static func isEncryptedKey(_ bytes: [UInt8]) -> Bool {
        let old = Array("Proc-Type: 4,ENCRYPTED".utf8)
        return holds(bytes, block: "ENCRYPTED PRIVATE KEY")
            || bytes.split(separator: UInt8(ascii: "\n")).contains { $0.starts(with: old) }
    }

    /// Each block with that label, from the line that begins it to the one that ends it.
    package static func blocks(_ bytes: [UInt8], label: String) -> [[UInt8]] {
        let begin = Array("-----BEGIN \(label)-----".utf8)
        let end = Array("-----END \(label)-----".utf8)
        var blocks: [[UInt8]] = []
        var block: [UInt8]?
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            if line.starts(with: begin) { block = [] }
            block?.append(contentsOf: line + [UInt8(ascii: "\n")])
            if line.starts(with: end), let whole = block {
                blocks.append(whole)
                block = nil
            }
        }
        return blocks
    }

    /// Whether a block with such a label begins somewhere; `PRIVATE KEY` is found in
    /// `EC PRIVATE KEY` too.
    package static func holds(_ bytes: [UInt8], block label: String) -> Bool {
        let mark = Array("\(label)-----".utf8)
        let begin = Array("-----BEGIN ".utf8)
        return bytes.split(separator: UInt8(ascii: "\n")).contains { line in
            guard line.starts(with: begin) else { return false }
            let rest = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            return rest.suffix(mark.count).elementsEqual(mark)
        }
    }
}
