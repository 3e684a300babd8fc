internal import Wire

/// The issuer of JSON Web Tokens (RFC 7519, RFC 8725) that is believed, and how its claims are read.
package struct OutsideIssuer: Hashable, Sendable {
    /// Where a token says who it is.
    package struct ClaimNames: Hashable, Sendable {
        /// The claim with the subject's name.
        package let user: [UInt8]
        /// The claim with the names of the roles: a list of texts, or one text with blanks between.
        package let roles: [UInt8]

        /// - Parameters:
        ///   - user: like `roles`, the name of a claim as it stands, or else names of nested ones
        ///     with dots between.
        package init(user: [UInt8] = Array("sub".utf8), roles: [UInt8] = Array("roles".utf8)) {
            self.user = user
            self.roles = roles
        }
    }

    /// Bytes of a token, at most.
    package static let textByteCountMax = 8192
    /// How far clocks may differ, in seconds.
    package static let leewaySeconds: UInt64 = 30
    /// Roles of a token, at most.
    package static let roleCountMax = 64

    private let keys: [VerificationKey]
    private let issuer: [UInt8]
    private let audience: [UInt8]
    private let claims: ClaimNames

    /// - Parameters:
    ///   - issuer: what `iss` has to be, byte for byte.
    ///   - audience: what `aud` has to be or to contain.
    package init(
        keys: KeyFile,
        issuer: [UInt8],
        audience: [UInt8],
        claims: ClaimNames = ClaimNames()
    ) {
        self.keys = keys.keys
        self.issuer = issuer
        self.audience = audience
        self.claims = claims
    }

    /// Whom a token names, if a known key signed it and all that it says holds now.
    ///
    /// - Parameter now: Unix seconds.
    /// - Complexity: some tenths of a millisecond for each key that may have signed it: one where
    ///   the token names its key. To be kept until `expiry`, not repeated.
    package func admit(
        _ text: [UInt8],
        at now: UInt64
    ) throws(TokenFault) -> OutsideSubject {
        guard text.count <= Self.textByteCountMax else { throw .tooLong(byteCount: text.count) }
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3,
            let signature = UnpaddedBase64.decode(parts[2], alphabet: .url),
            let header = Self.object(parts[0])
        else { throw .malformed }
        let candidates = try candidates(for: header)
        let message = Array(text.dropLast(parts[2].count + 1))
        guard candidates.contains(where: { $0.isSignature(signature, of: message) }) else {
            throw .wrongSignature
        }
        guard let body = Self.object(parts[1]) else { throw .malformed }
        return try subject(of: body, at: now)
    }

    /// An object in base64; one with a name twice, or with far too many values, is none.
    private static func object(_ part: ArraySlice<UInt8>) -> JSONObject? {
        guard let json = UnpaddedBase64.decode(part, alphabet: .url) else { return nil }
        return (try? JSONValue(parsing: json, limits: JSONLimits(valueCountMax: 1024)))?.object
    }

    /// The keys that may have signed a token with this header.
    private func candidates(
        for header: JSONObject
    ) throws(TokenFault) -> [VerificationKey] {
        // Nothing critical is understood, and a header that wants it is to be refused.
        guard header["crit"] == nil else { throw .unknownExtension }
        guard let algorithm = header["alg"]?.string else { throw .malformed }
        var named = keys
        if let id = header["kid"] {
            guard let id = id.string else { throw .malformed }
            named = keys.filter { $0.id == nil || $0.id == id }
            if named.contains(where: { $0.id == id }) { named = named.filter { $0.id == id } }
        }
        guard !named.isEmpty else { throw .unknownKey }
        let agreeing = named.filter { $0.algorithm.isNamed(algorithm) }
        guard !agreeing.isEmpty else { throw .wrongAlgorithm }
        return agreeing
    }

    private func subject(
        of body: JSONObject,
        at now: UInt64
    ) throws(TokenFault) -> OutsideSubject {
        guard body["iss"]?.string == issuer else { throw .wrongIssuer }
        guard isMeantHere(body["aud"]) else { throw .wrongAudience }
        guard let expiry = Self.time(body["exp"]) else { throw .missingClaim(Array("exp".utf8)) }
        // What is written has fewer than 54 bits.
        let end = expiry + Self.leewaySeconds
        guard now < end else { throw .expired(at: expiry) }
        if let start = body["nbf"] {
            guard let start = Self.time(start) else { throw .missingClaim(Array("nbf".utf8)) }
            guard now + Self.leewaySeconds >= start else { throw .notYetValid(until: start) }
        }
        guard let name = claim(claims.user, in: body)?.string,
            (1...SessionToken.userByteCountMax).contains(name.count)
        else { throw .missingClaim(claims.user) }
        return OutsideSubject(name: name, roles: try roles(of: body), expiry: end)
    }

    private func isMeantHere(_ claim: JSONValue?) -> Bool {
        switch claim {
        case .string(let one): one == audience
        case .array(let several): several.contains(.string(audience))
        default: false
        }
    }

    /// Seconds since 1970; fractions are dropped.
    private static func time(_ value: JSONValue?) -> UInt64? {
        guard case .number(let number) = value,
            let seconds = number.truncated(multipliedBy: 1), seconds <= DecimalNumber.wholeMax
        else { return nil }
        return seconds
    }

    /// A claim by its name, or else by the names on the way to it.
    private func claim(_ name: [UInt8], in body: JSONObject) -> JSONValue? {
        if let value = body[bytes: name] { return value }
        var value = JSONValue.object(body)
        for part in name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard let inner = value.object?[bytes: Array(part)] else { return nil }
            value = inner
        }
        return value
    }

    /// None where the claim is absent: such a subject may do nothing.
    private func roles(of body: JSONObject) throws(TokenFault) -> [[UInt8]] {
        let names: [[UInt8]?]
        switch claim(claims.roles, in: body) {
        case nil: return []
        case .string(let text): names = text.split(separator: UInt8(ascii: " ")).map(Array.init)
        case .array(let values): names = values.map(\.string)
        default: throw .missingClaim(claims.roles)
        }
        var roles: [[UInt8]] = []
        for name in names {
            guard let name, roles.count < Self.roleCountMax,
                (1...SessionToken.userByteCountMax).contains(name.count)
            else { throw .missingClaim(claims.roles) }
            if !roles.contains(name) { roles.append(name) }
        }
        return roles
    }
}
