internal import Platform
package import TLS

/// What a client shows of itself under TLS, and whom it believes, as a command line says it.
package struct ClientFiles: Hashable, Sendable {
    /// Paths of PEM files; without authorities those of the system count.
    package var authorities: String?
    package var certificate: String?
    package var key: String?
    /// In place of the host of each address.
    package var serverName: String?
    package var verification = TLSContext.Verification.full

    package init() {}

    /// Whether nothing is said.
    package var areUnsaid: Bool { self == ClientFiles() }

    /// As another process of roost is told; `init(arguments:)` reads it.
    package var arguments: [String] {
        [
            authorities ?? "", certificate ?? "", key ?? "", serverName ?? "",
            verification == .full ? "full" : "none",
        ]
    }

    /// Nil for anything but what `arguments` gives.
    package init?(arguments: [String]) {
        guard arguments.count == 5 else { return nil }
        let texts = arguments.map { $0.isEmpty ? nil : $0 }
        (authorities, certificate, key, serverName) = (texts[0], texts[1], texts[2], texts[3])
        switch arguments[4] {
        case "full": verification = .full
        case "none": verification = .none
        default: return nil
        }
    }

    /// As a command that this one starts finds it in its environment.
    package var variables: [(name: String, value: [UInt8])] {
        [
            ("ROOST_CACERT", authorities), ("ROOST_CERT", certificate), ("ROOST_CERT_KEY", key),
            ("ROOST_TLS_SERVER_NAME", serverName),
        ].compactMap { name, value in value.map { (name, Array($0.utf8)) } }
    }
}

/// The same with the files' contents.
package struct ClientSecurity: Hashable, Sendable {
    package let files: ClientFiles
    let material: TLSMaterial

    /// Believes the system's authorities and shows nothing.
    package static let standard = ClientSecurity()

    private static let byteCountMax = 16 << 20

    private init() {
        files = ClientFiles()
        material = TLSMaterial()
    }

    /// Reads the files, and tries whether they can be used.
    package init(_ files: ClientFiles) throws(ClientFilesError) {
        self.files = files
        material = TLSMaterial(
            chain: try Self.read(files.certificate),
            key: try Self.read(files.key),
            authorities: try Self.read(files.authorities)
        )
        do throws(TLSMaterialFault) {
            _ = try TLSContext(.caller(files.verification), material: material)
        } catch {
            let path =
                switch error.part {
                case .authorities: files.authorities
                case .key: files.key
                case .chain, .revocations, nil: files.certificate
                }
            throw ClientFilesError(description: "\(path ?? "TLS"): \(error)")
        }
    }

    private static func read(_ path: String?) throws(ClientFilesError) -> [UInt8]? {
        guard let path else { return nil }
        let bytes: [UInt8]?
        do throws(SystemError) {
            bytes = try SequentialFile(opening: path).readAll(limit: byteCountMax)
        } catch { throw ClientFilesError(description: "\(path): \(error)") }
        guard let bytes else {
            throw ClientFilesError(description: "\(path) holds more than \(byteCountMax) bytes")
        }
        return bytes
    }
}

/// Why files of certificates and keys can't be used, in words.
package struct ClientFilesError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
}
