internal import Platform
internal import TLS

/// The PEM files of one kind of connection.
struct TLSFiles: Hashable, Sendable {
    /// A longer file is refused.
    private static let byteCountMax = 16 << 20

    /// One file, and the flag that names it.
    struct File: Hashable, Sendable {
        let flag: String
        let path: String
    }

    let certificate: File
    let key: File
    let authorities: File?
    let revocations: File?

    private var all: [File] { [certificate, key, authorities, revocations].compactMap { $0 } }

    /// By what changes of the files are known.
    var stamps: [FileStamp?] { all.map { FileStamp(of: $0.path) } }

    /// Whether reading waits for nobody.
    var areRegular: Bool { all.allSatisfy { SequentialFile.isRegular($0.path) } }

    /// Reads them all.
    func read() throws(ConfigurationError) -> TLSMaterial {
        try TLSMaterial(
            chain: Self.read(certificate),
            key: Self.read(key),
            authorities: authorities.map(Self.read),
            revocations: revocations.map(Self.read)
        )
    }

    private static func read(_ file: File) throws(ConfigurationError) -> [UInt8] {
        let bytes: [UInt8]?
        do throws(SystemError) {
            bytes = try SequentialFile(opening: file.path).readAll(limit: byteCountMax)
        } catch { throw ConfigurationError(file.flag, reason: "\(file.path): \(error)") }
        guard let bytes else {
            let reason = "\(file.path) holds more than \(byteCountMax) bytes"
            throw ConfigurationError(file.flag, reason: reason)
        }
        return bytes
    }

    /// A context of what they hold.
    func context(_ role: TLSContext.Role) throws(ConfigurationError) -> TLSContext {
        let material = try read()
        do throws(TLSMaterialFault) { return try TLSContext(role, material: material) } catch {
            let file = file(at: error)
            throw ConfigurationError(file.flag, reason: "\(file.path): \(error)")
        }
    }

    private func file(at fault: TLSMaterialFault) -> File {
        switch fault.part {
        case .chain: certificate
        case .key, nil: key
        case .authorities: authorities ?? certificate
        case .revocations: revocations ?? certificate
        }
    }
}
