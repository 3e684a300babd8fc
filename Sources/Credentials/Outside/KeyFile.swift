internal import Bytes
internal import Wire

/// The public keys of an issuer, from a file: a set of JSON Web Keys (RFC 7517), or PEM.
package struct KeyFile: Hashable, Sendable {
    /// Why a file gives no keys.
    package enum Fault: Error, Hashable, Sendable {
        case tooLong(byteCount: Int)
        /// Neither JSON nor PEM.
        case unknownForm
        /// JSON, and no set of keys; or a key of it lacks what its kind needs, or repeats a name.
        case badKeySet
        /// A block that is no `PUBLIC KEY`, or damaged.
        case badBlock
        /// A private key: the file is not the one that was meant, and should be somewhere else.
        case privateKey
        case tooManyKeys(limit: Int)
        /// There are keys, and none of a kind that is accepted.
        case noKey

        /// What is wrong and what to do, in one sentence.
        package var text: String {
            switch self {
            case .tooLong(let byteCount):
                "The file has \(byteCount) bytes; keys take at most \(KeyFile.byteCountMax)."
            case .unknownForm:
                "The file is neither a JSON Web Key Set nor PEM; give the issuer's public keys."
            case .badKeySet:
                "The file is JSON but no JSON Web Key Set as the issuer publishes it "
                    + "({\"keys\":[…]})."
            case .badBlock:
                "The file holds a PEM block that is no whole PUBLIC KEY; `openssl pkey -pubout` "
                    + "writes one."
            case .privateKey:
                "The file holds a private key; keep that with the issuer and give the public one."
            case .tooManyKeys(let limit): "The file holds more than \(limit) keys."
            case .noKey:
                "The file holds no key of an accepted kind: RSA of 2048 to 8192 bits (RS256), "
                    + "P-256 (ES256), Ed25519 (EdDSA)."
            }
        }
    }

    /// Bytes of a file, at most.
    package static let byteCountMax = 256 << 10
    /// Keys of a file, at most: a token without a key's name is tried with each of its algorithm.
    package static let keyCountMax = 32

    package let keys: [VerificationKey]

    /// Reads a file. Keys of a kind that is not accepted, and those for something else than
    /// signatures, are passed over.
    package init(parsing bytes: [UInt8]) throws(Fault) {
        guard bytes.count <= Self.byteCountMax else { throw .tooLong(byteCount: bytes.count) }
        let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        switch first {
        case UInt8(ascii: "{"): keys = try Self.webKeys(bytes)
        case UInt8(ascii: "-"): keys = try PEMBlocks.publicKeys(bytes)
        default: throw .unknownForm
        }
        guard keys.count <= Self.keyCountMax else { throw .tooManyKeys(limit: Self.keyCountMax) }
        guard !keys.isEmpty else { throw .noKey }
    }

    private static func webKeys(_ bytes: [UInt8]) throws(Fault) -> [VerificationKey] {
        guard let set = try? JSONValue(parsing: bytes), let list = set["keys"]?.array else {
            throw .badKeySet
        }
        guard list.count <= 4 * keyCountMax else { throw .tooManyKeys(limit: keyCountMax) }
        var keys: [VerificationKey] = []
        for entry in list {
            guard let entry = entry.object, let kind = entry["kty"]?.string else {
                throw .badKeySet
            }
            if let key = try webKey(entry, kind: kind) { keys.append(key) }
        }
        return keys
    }

    /// One key of a set; nil for one that is not accepted.
    private static func webKey(
        _ entry: JSONObject,
        kind: [UInt8]
    ) throws(Fault) -> VerificationKey? {
        let id = entry["kid"]?.string
        let key: VerificationKey?
        if kind.equals("RSA") {
            guard entry["d"] == nil else { throw .privateKey }
            key = VerificationKey(
                modulus: try number(entry["n"]),
                exponent: try number(entry["e"]),
                id: id
            )
        } else if kind.equals("EC"), entry["crv"]?.string?.equals("P-256") == true {
            guard entry["d"] == nil else { throw .privateKey }
            key = VerificationKey(x: try number(entry["x"]), y: try number(entry["y"]), id: id)
        } else if kind.equals("OKP"), entry["crv"]?.string?.equals("Ed25519") == true {
            guard entry["d"] == nil else { throw .privateKey }
            key = VerificationKey(ed25519: try number(entry["x"]), id: id)
        } else {
            return nil
        }
        guard let key, isForSignatures(entry, key: key) else { return nil }
        return key
    }

    /// Whether the key says nothing against what it is to be used for (RFC 7517, 4.2 to 4.4).
    private static func isForSignatures(_ entry: JSONObject, key: VerificationKey) -> Bool {
        if let use = entry["use"], use.string?.equals("sig") != true { return false }
        if let operations = entry["key_ops"],
            operations.array?.contains(where: { $0.string?.equals("verify") == true }) != true
        {
            return false
        }
        guard let algorithm = entry["alg"] else { return true }
        guard let name = algorithm.string else { return false }
        return key.algorithm.isNamed(name)
    }

    private static func number(_ value: JSONValue?) throws(Fault) -> [UInt8] {
        guard let text = value?.string,
            let bytes = UnpaddedBase64.decode(text, alphabet: .url)
        else { throw .badKeySet }
        return bytes
    }
}

extension VerificationKey.Algorithm {
    /// Whether a header or a key that writes this name means this algorithm. RFC 9864 calls EdDSA
    /// on that curve Ed25519.
    func isNamed(_ name: [UInt8]) -> Bool {
        switch self {
        case .rs256: name.equals("RS256")
        case .es256: name.equals("ES256")
        case .edDSA: name.equals("EdDSA") || name.equals("Ed25519")
        }
    }
}
