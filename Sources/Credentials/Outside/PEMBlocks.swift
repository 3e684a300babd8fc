internal import Bytes
internal import Wire

/// Public keys in PEM (RFC 7468).
enum PEMBlocks {
    private static let begin = Array("-----BEGIN ".utf8)
    private static let end = Array("-----END ".utf8)
    private static let dashes = Array("-----".utf8)

    /// The keys of all blocks; those of a kind that is not accepted are passed over.
    static func publicKeys(_ bytes: [UInt8]) throws(KeyFile.Fault) -> [VerificationKey] {
        var keys: [VerificationKey] = []
        var open: (label: [UInt8], body: [UInt8])?
        for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let line = line.trimmingBlanks
            if let label = label(line, after: begin) {
                guard open == nil else { throw .badBlock }
                open = (label, [])
            } else if let label = label(line, after: end) {
                guard let block = open, block.label == label else { throw .badBlock }
                if let key = try key(of: block.body, label: label) { keys.append(key) }
                open = nil
            } else {
                open?.body += line
            }
        }
        guard open == nil else { throw .badBlock }
        return keys
    }

    private static func label(_ line: ArraySlice<UInt8>, after mark: [UInt8]) -> [UInt8]? {
        guard line.starts(with: mark), line.count >= mark.count + dashes.count,
            line.suffix(dashes.count).elementsEqual(dashes)
        else { return nil }
        return Array(line.dropFirst(mark.count).dropLast(dashes.count))
    }

    private static func key(
        of body: [UInt8],
        label: [UInt8]
    ) throws(KeyFile.Fault) -> VerificationKey? {
        guard !label.ends(with: "PRIVATE KEY") else { throw .privateKey }
        guard label.equals("PUBLIC KEY"), let der = Base64.decode(body) else { throw .badBlock }
        return VerificationKey(subjectPublicKeyInfo: der, id: nil)
    }
}

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool {
        suffix(text.utf8.count).elementsEqual(text.utf8)
    }
}
